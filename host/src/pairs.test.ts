import { describe, expect, test } from "vitest";
import { decodePairs, encodePairs, type Pair } from "./pairs.ts";

const some: Pair[] = [
  ["a", "1"],
  ["", ""],
  ["name", "väl".normalize()],
];

test("pairs survive the way there and back", () => {
  expect(decodePairs(encodePairs(some))).toEqual(some);
  expect([...encodePairs([["k", "v"]])]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 107, 0, 118, 0]);
});

describe("out of form is an empty list", () => {
  const valid = encodePairs([["key", "value"]]);
  const changed = (change: (bytes: Uint8Array) => void): Uint8Array => {
    const bytes = valid.slice();
    change(bytes);
    return bytes;
  };

  test.each([
    ["nothing", new Uint8Array()],
    ["a byte more", new Uint8Array([...valid, 0])],
    ["a missing NUL behind the key", changed((bytes) => bytes.fill(1, 15, 16))],
    ["a missing NUL behind the value", changed((bytes) => bytes.fill(1, 21, 22))],
    ["a key longer than all", changed((bytes) => bytes.fill(255, 4, 8))],
    ["more pairs than there are", changed((bytes) => bytes.fill(2, 0, 1))],
    ["1,025 pairs", encodePairs(Array.from({ length: 1025 }, () => ["", ""]))],
    ["more than 1 MiB", encodePairs([["k", "v".repeat(1024 * 1024)]])],
  ])("%s", (_, bytes) => {
    expect(decodePairs(bytes)).toEqual([]);
  });

  test("cut anywhere", () => {
    for (let length = 0; length < valid.length; length++) expect(decodePairs(valid.subarray(0, length))).toEqual([]);
  });

  test("1,024 pairs are not too many", () => {
    expect(decodePairs(encodePairs(Array.from({ length: 1024 }, () => ["", ""])))).toHaveLength(1024);
  });
});
