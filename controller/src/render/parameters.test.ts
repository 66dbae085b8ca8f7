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

  const LIMITED = { type: "string", "x-durationMinimum": "1s", "x-durationMaximum": "1m30s" };
  const SECRET = { type: "object", writeOnly: true, additionalProperties: { type: "string", minLength: 8 } };

  test.each<[string, object, unknown, string[]]>([
    [
      "a value of a map",
      { properties: { a: { type: "object", additionalProperties: { type: "string" } } } },
      { a: { "b c": 1 } },
      [`${ROOT}.a.b c: expected string, got number`],
    ],
    [
      "a duration that is too short or too long",
      { properties: { a: LIMITED, b: { items: LIMITED }, c: { additionalProperties: LIMITED } } },
      { a: "999ms", b: ["1s", "1m31s"], c: { "x/y": "1m30s1ms", z: "90s" } },
      [
        `${ROOT}.a: expected a duration of at least 1s`,
        `${ROOT}.b[1]: expected a duration of at most 1m30s`,
        `${ROOT}.c.x/y: expected a duration of at most 1m30s`,
      ],
    ],
    [
      "a duration beside another problem",
      { properties: { a: LIMITED, b: { ...LIMITED, pattern: "s$" }, c: { type: "string" } } },
      { a: "2m", b: "soon", c: 1 },
      [
        `${ROOT}.b: expected text that matches s$`,
        `${ROOT}.c: expected string, got number`,
        `${ROOT}.a: expected a duration of at most 1m30s`,
      ],
    ],
    [
      "a secret, without what is in it",
      { properties: { a: SECRET, b: { items: { properties: { c: { maximum: 5, writeOnly: true } } } } } },
      { a: { hunter2: "short" }, b: [{ c: 4711 }] },
      [
        `${ROOT}.a: is secret, and does not fit the schema's "minLength"`,
        `${ROOT}.b[0].c: is secret, and does not fit the schema's "maximum"`,
      ],
    ],
    [
      "an unknown field of a secret, without its name",
      { properties: { a: { properties: {}, additionalProperties: false, writeOnly: true } } },
      { a: { hunter2: 1 } },
      [`${ROOT}.a: is secret, and does not fit the schema's "additionalProperties"`],
    ],
    [
      "a secret behind a reference or a condition",
      {
        $defs: { s: { maximum: 5, writeOnly: true } },
        properties: { a: { $ref: "#/$defs/s" } },
        if: {},
        // biome-ignore lint/suspicious/noThenProperty: it is a keyword
        then: { properties: { b: { maximum: 5, writeOnly: true } } },
      },
      { a: 4711, b: 4712 },
      [
        `${ROOT}.b: is secret, and does not fit the schema's "maximum"`,
        `${ROOT}.a: is secret, and does not fit the schema's "maximum"`,
      ],
    ],
    [
      "a duration in a secret, without its key",
      { properties: { a: { writeOnly: true, additionalProperties: LIMITED } } },
      { a: { hunter2: "1ms" } },
      [`${ROOT}.a: expected a duration of at least 1s`],
    ],
  ])("says of %s what the SDK's schemas mean", (_, schema, parameters, expected) => {
    expect(checkParameters(schema, parameters).map(({ path, message }) => `${path}: ${message}`)).toEqual(expected);
  });

  test("checks the parameters of one filter of several by its own part of the schema", () => {
    const part = (id: string, name: string) => ({
      "x-rootIDs": [id],
      properties: { [name]: { type: "string" } },
      additionalProperties: false,
    });
    const schema = { anyOf: [part("a", "x"), part("b", "y")] };
    expect(checkParameters(schema, { x: "" }, "a")).toEqual([]);
    expect(checkParameters(schema, { x: "" }, "b")).toEqual([
      { path: `${ROOT}.x`, message: "unknown field; did you mean y?" },
    ]);
    expect(checkParameters(schema, { x: "" }, "c")).toEqual([]);
    expect(checkParameters(schema, { x: "" })).toEqual([]);
  });

  test("refuses what is nested so deep that to write it would take the stack, schema or not", () => {
    const nested = (depth: number): unknown => JSON.parse(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`);
    const problems = [{ path: ROOT, message: "nested more than 100 deep" }];
    expect(checkParameters(undefined, nested(9000))).toEqual(problems);
    expect(checkParameters({}, nested(101))).toEqual(problems);
    expect(checkParameters({}, nested(100))).toEqual([]);
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

  const long = "x".repeat(20_000);
  const many = (count: number, key: (index: number) => string): Record<string, number> =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [key(index), 1]));
  // A path that is longer than what is shown of it makes all problems below it look the same.
  const below = (depth: number, inner: object): object =>
    depth === 0 ? inner : { ["d".repeat(60)]: below(depth - 1, inner) };

  test.each<[string, object, object]>([
    [
      "one unknown key as long as a book",
      { properties: { [`${long}y`]: {} }, additionalProperties: false },
      { [long]: 1 },
    ],
    [
      "a long list of known keys",
      { properties: many(20_000, (i) => `${i}`.padStart(60, "k")), additionalProperties: false },
      { [`${"k".repeat(55)}`]: 1 },
    ],
    [
      "a long list of unknown keys",
      { properties: many(100, (i) => `${i}`.padStart(60, "k")), additionalProperties: false },
      many(5_000, (i) => `${i}`.padStart(60, "u")),
    ],
    [
      "unknown keys that all look the same",
      below(0, {
        $ref: "#/$defs/a",
        $defs: {
          a: {
            properties: { ["d".repeat(60)]: { $ref: "#/$defs/a" }, ...many(100, (i) => `${i}`.padStart(60, "k")) },
            additionalProperties: false,
          },
        },
      }),
      below(
        6,
        many(5_000, (i) => `${i}`.padStart(60, "u")),
      ),
    ],
  ])("does not hold up everybody else for %s", (_, schema, parameters) => {
    const began = performance.now();
    const [problem] = checkParameters(schema, parameters);
    expect(problem?.message).toMatch(/^unknown field/);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  test("spends its half second on the same parameters once", () => {
    const schema = { properties: { a: { pattern: "^(a+)+$" } } };
    const hostile = () => ({ a: `${"a".repeat(40)}!` });
    const first = checkParameters(schema, hostile());
    const began = performance.now();
    expect(checkParameters(schema, hostile())).toEqual(first);
    expect(performance.now() - began).toBeLessThan(100);
    expect(checkParameters(schema, { a: "aa" })).toEqual([]);
  });

  test.each<[string, unknown, string[]]>([
    ["2^53 and more", { a: [{ "b/c": 2 ** 53 }], d: -(2 ** 60) }, [`${ROOT}.a[0].b/c`, `${ROOT}.d`]],
    ["what fits", { a: 9007199254740991, b: 1.5, c: 1e300, d: "9007199254740993" }, []],
    ["a string, whose text is passed on as it is", '{"a": 9007199254740993}', []],
  ])("finds numbers that would be passed on as others: %s", (_, parameters, paths) => {
    for (const schema of [undefined, {}])
      expect(checkParameters(schema, parameters).map(({ path }) => path)).toEqual(paths);
  });
});
