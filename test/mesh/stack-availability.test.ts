import { afterEach, describe, expect, test, vi } from "vitest";
import { type Part, requirePart } from "../stack/availability.ts";
import { Envoy } from "../stack/envoy.ts";
import { Etcd } from "../stack/etcd.ts";
import { Istiod } from "../stack/istiod.ts";
import { Pod } from "../stack/pod.ts";
import { Registry } from "../stack/registry.ts";

afterEach(() => vi.unstubAllEnvs());

describe("a part that cannot be had", () => {
  const here: Part = { title: "here", missing: () => undefined };
  const away: Part = { title: "away", missing: () => "away: needs a ship" };

  test("skips the test with its reason", () => {
    vi.stubEnv("ASMFILTER_REQUIRE_STACK", undefined);
    const skip = vi.fn();
    requirePart({ skip }, here);
    expect(skip).not.toHaveBeenCalled();
    requirePart({ skip }, here, away);
    expect(skip).toHaveBeenCalledWith("away: needs a ship");
  });

  test("fails the test where the whole stack is required", () => {
    vi.stubEnv("ASMFILTER_REQUIRE_STACK", "1");
    expect(() => requirePart({ skip: () => {} }, away)).toThrow("away: needs a ship");
  });

  test.each([
    { part: Etcd, reason: "install Debian's etcd-server" },
    { part: Registry, reason: "needs Go ≥ 1.25.0, or a binary of your own in ASMFILTER_REGISTRY" },
    { part: Istiod, reason: "needs Go ≥ 1.25.7, or a binary of your own in ASMFILTER_PILOT_DISCOVERY" },
    { part: Envoy, reason: "needs Python 3 with pip, or a binary of your own in ASMFILTER_ENVOY" },
  ])("says what would change that: $part.title", ({ part, reason }) => {
    vi.stubEnv("PATH", "/nowhere");
    vi.stubEnv("ASMFILTER_CACHE", "/nowhere");
    for (const name of ["KUBEBUILDER_ASSETS", "ASMFILTER_ETCD", "ASMFILTER_REGISTRY"]) vi.stubEnv(name, undefined);
    for (const name of ["ASMFILTER_PILOT_DISCOVERY", "ASMFILTER_ENVOY"]) vi.stubEnv(name, undefined);
    expect(part.missing()).toContain(reason);
  });

  test("is had again with a binary of one's own, if that is there", () => {
    vi.stubEnv("ASMFILTER_ENVOY", process.execPath);
    expect(Envoy.missing()).toBeUndefined();
    vi.stubEnv("ASMFILTER_ENVOY", "/nowhere/envoy");
    expect(Pod.missing()).toContain("ASMFILTER_ENVOY names /nowhere/envoy, which is not there");
  });
});
