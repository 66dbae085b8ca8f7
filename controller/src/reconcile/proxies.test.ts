import { describe, expect, test } from "vitest";
import { reportOf } from "./proxies.ts";

const node = (pod: string): string => `sidecar~10.0.0.1~${pod}.shop~shop.svc.cluster.local`;
const pods = (...names: string[]): Set<string> => new Set(names.map((name) => `shop/${name}`));

describe("proxies are counted by their own word", () => {
  test.each([
    ["nobody asked, nobody is selected", [], pods(), { matched: 0, running: 0, failing: 0, unknown: 0 }],
    ["a pod that never asked is unknown", [], pods("a"), { matched: 1, running: 0, failing: 0, unknown: 1 }],
    [
      "one that acknowledged runs",
      [{ node: node("a"), running: "v2" }],
      pods("a"),
      { matched: 1, running: 1, failing: 0, unknown: 0 },
    ],
    [
      "one that acknowledged an older version does not",
      [{ node: node("a"), running: "v1" }],
      pods("a"),
      { matched: 1, running: 0, failing: 0, unknown: 1 },
    ],
    [
      "one that refused it fails",
      [{ node: node("a"), running: "v1", refused: { version: "v2", message: "no" } }],
      pods("a"),
      { matched: 1, running: 0, failing: 1, unknown: 0 },
    ],
    [
      "a refusal of an older version is history",
      [{ node: node("a"), running: "v2", refused: { version: "v1", message: "no" } }],
      pods("a"),
      { matched: 1, running: 1, failing: 0, unknown: 0 },
    ],
    [
      "a proxy without a pod counts",
      [{ node: "vm-7", running: "v2" }],
      pods("a"),
      { matched: 2, running: 1, failing: 0, unknown: 1 },
    ],
    [
      "two streams of one proxy are one",
      [{ node: node("a") }, { node: node("a"), running: "v2" }, { node: node("a") }],
      pods("a"),
      { matched: 1, running: 1, failing: 0, unknown: 0 },
    ],
    [
      "a refusal on another stream of one proxy counts, in any order",
      [
        { node: node("a"), running: "v2" },
        { node: node("a"), running: "v1", refused: { version: "v2", message: "no" } },
        { node: node("a") },
      ],
      pods("a"),
      { matched: 1, running: 0, failing: 1, unknown: 0 },
    ],
    [
      "a pod's name may hold dots",
      [{ node: node("a.b"), running: "v2" }],
      pods("a.b"),
      { matched: 1, running: 1, failing: 0, unknown: 0 },
    ],
  ])("%s", (_, evidence, selected, counts) => {
    expect(reportOf(evidence, selected, "v2").counts).toEqual(counts);
  });
});

test("while nothing is served, nobody runs it and nobody refuses it", () => {
  const refused = { version: "v1", message: "no" };
  const evidence = [{ node: node("a") }, { node: node("b"), running: "v1" }, { node: node("c"), refused }];
  expect(reportOf(evidence, pods(), undefined).counts).toEqual({ matched: 3, running: 0, failing: 0, unknown: 3 });
});

test("of several refusals it is always the same that is told", () => {
  const refused = (message: string) => ({ version: "v2", message });
  const evidence = ["c", "a", "b"].map((pod) => ({ node: node(pod), refused: refused(`no ${pod}`) }));
  for (const order of [evidence, evidence.toReversed()]) {
    expect(reportOf(order, pods(), "v2").refusal).toEqual({ proxy: "shop/a", message: "no a" });
  }
});
