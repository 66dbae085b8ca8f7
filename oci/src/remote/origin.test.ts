import { expect, test } from "vitest";
import { codeOf } from "../../test/failures.ts";
import { isLoopback, isPrivate } from "./addresses.ts";
import { refuseInside, resolveLocation } from "./origin.ts";

test.each([
  ["localhost", true],
  ["LOCALHOST", true],
  ["127.0.0.1", true],
  ["127.9.9.9", true],
  ["[::1]", true],
  ["128.0.0.1", false],
  ["localhost.example.com", false],
  ["127.0.0.1.example.com", false],
  ["[::2]", false],
  ["10.0.0.1", false],
])("%s is this machine: %s", (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

test.each([
  ["10.1.2.3", true],
  ["172.31.0.1", true],
  ["172.32.0.1", false],
  ["192.168.1.1", true],
  ["169.254.169.254", true],
  ["100.64.0.1", true],
  ["0.0.0.0", true],
  ["8.8.8.8", false],
  ["[fd00::1]", true],
  ["[fe80::1]", true],
  ["[::ffff:10.0.0.1]", true],
  ["[2606:4700::1]", false],
  ["localhost", true],
  ["nobody-knows.invalid", false],
])("%s is inside: %s", async (host, expected) => {
  expect(await isPrivate(host)).toBe(expected);
});

test("a server outside cannot send us inside; one inside can", async () => {
  const outside = new URL("https://8.8.8.8/v2/");
  const inside = new URL("https://10.0.0.1/v2/");
  const metadata = new URL("http://169.254.169.254/latest/");
  expect(await codeOf(refuseInside(outside, metadata, "the login"))).toBe("ASMF_OCI_ORIGIN_REFUSED");
  expect(await codeOf(refuseInside(outside, inside, "the login"))).toBe("ASMF_OCI_ORIGIN_REFUSED");
  await refuseInside(inside, new URL("https://10.0.0.2/"), "the login");
  await refuseInside(outside, new URL("https://9.9.9.9/"), "the login");
});

test("an address that the other side gives keeps no login and no fragment", () => {
  const from = new URL("https://r/v2/a/blobs/uploads/");
  expect(resolveLocation("https://me:secret@r/x?y=1#z", from, "x").href).toBe("https://r/x?y=1");
  expect(resolveLocation("//other/x", from, "x").href).toBe("https://other/x");
  expect(resolveLocation("1?state=2", from, "x").href).toBe("https://r/v2/a/blobs/uploads/1?state=2");
});
