import { expect, test } from "vitest";
import { decodeMappings, decodeNumbers, encodeMappings, encodeNumbers, type Mapping } from "./mappings.ts";

test("mappings are read as they were written, whatever their order and size", () => {
  const mappings: Mapping[] = [
    { offset: 0, source: 0, line: 0, column: 0 },
    { offset: 15, source: 3, line: 1_000_000, column: 16, name: 2 },
    { offset: 16 },
    { offset: 268_435_456, source: 1, line: 2, column: 31, name: 0 },
  ];
  expect(decodeMappings(encodeMappings(mappings))).toEqual(mappings);
  expect(decodeMappings("")).toEqual([]);
});

test("they have the form of source maps", () => {
  // The segments of an example that is well known: 0, then 8 columns on in the third line, and 16 back.
  expect(decodeMappings("AAAA,QAEhB")).toEqual([
    { offset: 0, source: 0, line: 0, column: 0 },
    { offset: 8, source: 0, line: 2, column: -16 },
  ]);
});

test.each(["A?", "AA", "g", "AAAAAA"])("%j is refused", (text) => {
  expect(() => decodeMappings(text)).toThrow(RangeError);
});

test("numbers are read as they were written, whatever their signs", () => {
  const numbers = [10, -1, 300, 5, 2_000_000, -1];
  expect(decodeNumbers(encodeNumbers(numbers, 2), 2)).toEqual(numbers);
  expect(decodeNumbers("", 2)).toEqual([]);
});
