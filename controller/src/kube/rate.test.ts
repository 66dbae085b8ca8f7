import { expect, test } from "vitest";
import { Rate } from "./rate.ts";

test("as many as the burst come at once, the others at the rate, each in its turn", () => {
  const rate = new Rate(5, 3);
  expect(Array.from({ length: 6 }, () => rate.reserve(1_000))).toEqual([0, 0, 0, 200, 400, 600]);
});

test("what was not used comes back, up to the burst", () => {
  const rate = new Rate(5, 2);
  for (let turn = 0; turn < 4; turn++) rate.reserve(0);
  expect([rate.reserve(600), rate.reserve(600)]).toEqual([0, 200]);
  expect(Array.from({ length: 3 }, () => rate.reserve(60_000))).toEqual([0, 0, 200]);
});
