import { describe, expect, test } from "vitest";
import { checkParameters } from "./index.ts";

const ROOT = "spec.filter.parameters";

describe("checkParameters", () => {
  test.each<[string, object, unknown, string[]]>([
    ["a missing field", { type: "object", required: ["a"] }, {}, [`${ROOT}: missing a`]],
    ["a missing field where nothing is given", { type: "object", required: ["a"] }, undefined, [`${ROOT}: missing a`]],
    [
      "a field of a list's element",
      { properties: { routes: { type: "array", items: { properties: { path: { type: "string" } } } } } },
      { routes: [{ path: "/" }, { path: 3 }] },
      [`${ROOT}.routes[1].path: expected string, got number`],
    ],
    [
      "a word that is not listed",
      { properties: { a: { enum: ["x", "y"] } } },
      { a: "z" },
      [`${ROOT}.a: expected one of ["x","y"].`],
    ],
    ["a number out of range", { properties: { a: { maximum: 5 } } }, { a: 6 }, [`${ROOT}.a: 6 is greater than 5.`]],
    [
      "a type behind a $ref",
      { $defs: { n: { type: "number" } }, properties: { a: { $ref: "#/$defs/n" } } },
      { a: "" },
      [`${ROOT}.a: expected number, got string`],
    ],
    [
      "a string that is no JSON",
      { type: "object" },
      "hello",
      [`${ROOT}: the filter has a schema, so a string must hold JSON`],
    ],
    ["a string whose JSON does not fit", { required: ["a"] }, "{}", [`${ROOT}: missing a`]],
    ["a key with a slash", { additionalProperties: false }, { "a/b": 1 }, [`${ROOT}.a/b: unknown field`]],
  ])("names %s", (_, schema, parameters, expected) => {
    expect(checkParameters(schema, parameters).map(({ path, message }) => `${path}: ${message}`)).toEqual(expected);
  });

  test("has nothing to say without a schema", () => {
    expect(checkParameters(undefined, "anything")).toEqual([]);
  });

  test("says at most ten things, each of bounded length", () => {
    const parameters = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`${index}`.repeat(500), 1]));
    const problems = checkParameters({ additionalProperties: false }, parameters);
    expect(problems.length).toBe(10);
    expect(Math.max(...problems.map(({ path, message }) => path.length + message.length))).toBeLessThan(1000);
  });

  test.each<[string, object, unknown]>([
    ["a pattern that would run for ever", { properties: { a: { pattern: "^(a+)+$" } } }, { a: `${"a".repeat(40)}!` }],
    ["a schema that refers to itself for ever", { $ref: "#" }, {}],
    ["a reference to what is not there", { properties: { a: { $ref: "#/$defs/none" } } }, { a: 1 }],
    ["a pattern that does not compile", { properties: { a: { pattern: "(" } } }, { a: "" }],
    ["a schema that is no schema", { properties: { a: { required: 5 } } }, { a: {} }],
  ])("survives %s, and says that the schema is unusable", (_, schema, parameters) => {
    const [problem] = checkParameters(schema, parameters);
    expect(problem?.message).toMatch(/^could not be checked, the artifact's schema is unusable: /);
  });
});
