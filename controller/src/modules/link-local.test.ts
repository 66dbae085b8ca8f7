import { describe, expect, test } from "vitest";
import { refuseLinkLocal } from "./link-local.ts";

const named: Readonly<Record<string, string[]>> = {
  "metadata.example": ["169.254.169.254"],
  "both.example": ["203.0.113.7", "fe80::1"],
  "registry.example": ["203.0.113.7", "10.0.0.1", "2001:db8::1"],
};
const addressesOf = async (name: string): Promise<{ address: string }[]> => {
  const addresses = named[name];
  if (addresses === undefined) throw new Error("ENOTFOUND");
  return addresses.map((address) => ({ address }));
};

describe("a registry", () => {
  test.each([
    "169.254.169.254",
    "169.254.0.1:5000",
    "0xa9fea9fe",
    "2852039166:80",
    "[fe80::1]:5000",
    "[::ffff:169.254.169.254]",
    "[fd00:ec2::254]",
    "100.100.100.200",
    "metadata.example:443",
    "both.example",
  ])("at %s is refused", async (registry) => {
    await expect(refuseLinkLocal(registry, addressesOf)).rejects.toMatchObject({ code: "ASMF_OCI_REFERENCE_INVALID" });
  });

  test.each(["127.0.0.1:5000", "localhost", "[::1]:5000", "10.0.0.1", "registry.example", "not-known.example"])(
    "at %s is asked",
    async (registry) => {
      await refuseLinkLocal(registry, addressesOf);
    },
  );
});
