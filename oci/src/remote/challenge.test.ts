import { expect, test } from "vitest";
import { seed, seeded } from "../../test/random.ts";
import { parseChallenges } from "./challenge.ts";
import { mergeScopes } from "./scope.ts";

test.each([
  ["Basic", [{ scheme: "basic", parameters: {} }]],
  ['BASIC realm="a b"', [{ scheme: "basic", parameters: { realm: "a b" } }]],
  ["Bearer realm=x , Service = y", [{ scheme: "bearer", parameters: { realm: "x", service: "y" } }]],
  [
    'Bearer realm="https://x/t",service="s",scope="repository:a:pull,push",error="insufficient_scope"',
    [
      {
        scheme: "bearer",
        parameters: {
          realm: "https://x/t",
          service: "s",
          scope: "repository:a:pull,push",
          error: "insufficient_scope",
        },
      },
    ],
  ],
  [
    'Negotiate, Bearer realm="r, \\"q\\"", Basic realm="b"',
    [
      { scheme: "negotiate", parameters: {} },
      { scheme: "bearer", parameters: { realm: 'r, "q"' } },
      { scheme: "basic", parameters: { realm: "b" } },
    ],
  ],
  ["", []],
  ['"nonsense"', []],
])("%s", (header, expected) => {
  expect(parseChallenges(header)).toEqual(expected);
});

test(`reading a challenge ends, whatever it is (FUZZ_SEED=${seed})`, () => {
  const random = seeded(seed);
  const letters = 'Bearer realm="\\, =;x\t\0é';
  for (let round = 0; round < 20_000; round++) {
    const text = Array.from({ length: random() * 40 }, () => letters[Math.floor(random() * letters.length)]).join("");
    for (const { scheme } of parseChallenges(text)) expect(scheme).not.toBe("");
  }
  expect(parseChallenges(`Basic ${'a="'.repeat(50_000)}`).length).toBeLessThan(50_001);
});

test("a scope without a resource, as some clouds name theirs, is handed on as it is", () => {
  expect(mergeScopes("repository:a:pull", "aws")).toEqual(["aws", "repository:a:pull"]);
});

test("scopes of one resource are merged", () => {
  expect(mergeScopes("repository:a/b:pull", "repository:a/b:push,pull repository:c:pull", "")).toEqual([
    "repository:a/b:pull,push",
    "repository:c:pull",
  ]);
});
