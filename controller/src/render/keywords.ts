/** What the SDK's schemas say beside the keywords of JSON Schema, and what its readers should not do with secrets. */

type Schema = { readonly [keyword: string]: unknown };

/** One thing that the schema's own keywords do not say. */
export interface KeywordProblem {
  /** A JSON pointer to the value. */
  readonly pointer: string;
  readonly message: string;
}

/**
 * The part of a schema that is for one root of a module with several: of the alternatives in `anyOf`, the one whose
 * `x-rootIDs` names it. The schema itself where there is no such choice.
 */
export function schemaOfRoot(schema: object, rootID: string | undefined): object {
  const { anyOf } = schema as Schema;
  if (rootID === undefined || !Array.isArray(anyOf)) return schema;
  const isMeant = (each: unknown) => {
    const rootIDs = isObject(each) ? each["x-rootIDs"] : undefined;
    return Array.isArray(rootIDs) && rootIDs.includes(rootID);
  };
  return (anyOf as object[]).find(isMeant) ?? schema;
}

/** Durations outside of `x-durationMinimum` and `x-durationMaximum`. What has no such limit is passed over. */
export function durationProblems(
  schema: unknown,
  value: unknown,
  pointer = "#",
  isBelowSecret = false,
): KeywordProblem[] {
  if (!isObject(schema)) return [];
  const isSecret = isBelowSecret || schema.writeOnly === true;
  // The keys of what is secret are secret as well.
  const below = (step: string | number) =>
    isSecret ? pointer : `${pointer}/${`${step}`.replace(/~/g, "~0").replace(/\//g, "~1")}`;
  if (typeof value === "string") return limitProblem(schema, value, pointer);
  if (Array.isArray(value)) {
    return value.flatMap((each, index) => durationProblems(schema.items, each, below(index), isSecret));
  }
  if (!isObject(value)) return [];
  const properties = isObject(schema.properties) ? schema.properties : {};
  return Object.entries(value).flatMap(([key, inner]) => {
    const of = Object.hasOwn(properties, key) ? properties[key] : schema.additionalProperties;
    return durationProblems(of, inner, below(key), isSecret);
  });
}

function limitProblem(schema: Schema, text: string, pointer: string): KeywordProblem[] {
  // What is no duration the schema's pattern refuses.
  if (!/^(\d+(h|m|s|ms))+$/.test(text)) return [];
  const { "x-durationMinimum": least, "x-durationMaximum": most } = schema;
  const milliseconds = millisecondsOf(text);
  const isShort = typeof least === "string" && milliseconds < millisecondsOf(least);
  const isLong = typeof most === "string" && milliseconds > millisecondsOf(most);
  const limit = isShort ? `at least ${least}` : `at most ${most}`;
  return isShort || isLong ? [{ pointer, message: `expected a duration of ${limit}` }] : [];
}

const UNITS: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

function millisecondsOf(text: string): number {
  const parts = [...text.matchAll(/(\d+)(ms|h|m|s)/g)];
  return parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (UNITS[unit] ?? 0), 0);
}

/** How many steps a keyword's place leads into the value. */
const STEPS: Record<string, { keywords: number; values: number }> = {
  properties: { keywords: 2, values: 1 },
  patternProperties: { keywords: 2, values: 1 },
  prefixItems: { keywords: 2, values: 1 },
  additionalProperties: { keywords: 1, values: 1 },
  items: { keywords: 1, values: 1 },
  unevaluatedProperties: { keywords: 1, values: 1 },
  unevaluatedItems: { keywords: 1, values: 1 },
  contains: { keywords: 1, values: 1 },
  anyOf: { keywords: 2, values: 0 },
  allOf: { keywords: 2, values: 0 },
  oneOf: { keywords: 2, values: 0 },
  dependentSchemas: { keywords: 2, values: 0 },
  // biome-ignore lint/suspicious/noThenProperty: it is a keyword
  then: { keywords: 1, values: 0 },
  else: { keywords: 1, values: 0 },
  not: { keywords: 1, values: 0 },
};

/**
 * How many steps into the value the first schema with `writeOnly` is, on the way to a keyword: what is there and below
 * is a secret that no message may tell. Undefined where none is on the way. A reference that is not followed
 * here may lead to one.
 */
export function secretDepth(schema: unknown, keywordSteps: readonly string[]): number | undefined {
  let at: unknown = schema;
  let depth = 0;
  for (let i = 0; isObject(at); ) {
    if (at.writeOnly === true) return depth;
    if (keywordSteps[i] === "$ref") {
      const { $ref } = at;
      if (typeof $ref !== "string" || !/^#(\/|$)/.test($ref)) return depth;
      at = valueAt(schema, $ref);
      i++;
      continue;
    }
    const step = STEPS[keywordSteps[i] ?? ""];
    if (!step) return undefined;
    for (const end = i + step.keywords; i < end; i++) at = (at as Schema | undefined)?.[keywordSteps[i] ?? ""];
    depth += step.values;
  }
  return undefined;
}

/** The value at a JSON pointer fragment (`#/properties/a`). */
export function valueAt(value: unknown, pointer: string): unknown {
  return stepsOf(pointer).reduce<unknown>(
    (inner, step) => (inner as Record<string, unknown> | undefined)?.[step],
    value,
  );
}

/** The steps of a JSON pointer. */
export function stepsOf(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replace(/~1/g, "/").replace(/~0/g, "~"));
}

function isObject(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
