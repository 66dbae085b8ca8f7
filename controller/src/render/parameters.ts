import { Script } from "node:vm";
import { type OutputUnit, type Schema, Validator } from "@cfworker/json-schema";
import { nearest } from "../api/nearest.ts";

/** One thing that is wrong with the parameters. */
export interface ParameterProblem {
  /** Where, such as `spec.filter.parameters.routes[0].path`. */
  readonly path: string;
  /** What was expected there. */
  readonly message: string;
}

const ROOT = "spec.filter.parameters";
const MAX_PROBLEMS = 10;
const MAX_MESSAGE = 300;
const MAX_MILLISECONDS = 500;

/**
 * What is wrong with parameters by a filter's JSON Schema (2020-12): at most ten problems, none where they fit or where there is no schema.
 * No parameters count as an empty object, and a string as the JSON it holds. The schema comes from whoever pushed the artifact: it is
 * interpreted, never compiled, and given half a second.
 */
export function checkParameters(schema: object | undefined, parameters: unknown): ParameterProblem[] {
  if (schema === undefined) return [];
  const given = readParameters(parameters);
  if ("problem" in given) return [given.problem];
  let units: OutputUnit[];
  try {
    units = withinTime(() => new Validator(schema as Schema, "2020-12", false).validate(given.value).errors);
  } catch (error) {
    // An error of the other context is no instance of our Error.
    const reason = (error as Partial<Error> | null)?.message ?? String(error);
    return [{ path: ROOT, message: bounded(`could not be checked, the artifact's schema is unusable: ${reason}`) }];
  }
  const problems = new Map<string, ParameterProblem>();
  for (const unit of units) {
    const problem = problemOf(unit, schema);
    if (problem !== undefined) problems.set(`${problem.path} ${problem.message}`, problem);
  }
  return [...problems.values()].slice(0, MAX_PROBLEMS);
}

function readParameters(parameters: unknown): { value: unknown } | { problem: ParameterProblem } {
  if (parameters === undefined) return { value: {} };
  if (typeof parameters !== "string") return { value: parameters };
  try {
    return { value: JSON.parse(parameters) };
  } catch {
    return { problem: { path: ROOT, message: "the filter has a schema, so a string must hold JSON" } };
  }
}

const script = new Script("run()");

/** V8 stops a regular expression that runs away only by this door: a hostile `pattern` must not stop the controller. */
function withinTime<T>(run: () => T): T {
  return script.runInNewContext({ run }, { timeout: MAX_MILLISECONDS }) as T;
}

// What these say is said better by the units of their subschemas.
const WRAPPERS = new Set([
  "properties",
  "patternProperties",
  "items",
  "prefixItems",
  "allOf",
  "$ref",
  "$recursiveRef",
  "$dynamicRef",
  "if",
]);

function problemOf(unit: OutputUnit, schema: object): ParameterProblem | undefined {
  if (WRAPPERS.has(unit.keyword)) return undefined;
  if (unit.keyword === "additionalProperties" || unit.keyword === "unevaluatedProperties")
    return unknownField(unit, schema);
  if (unit.keyword === "false") return undefined;
  const message = unit.error
    .replace(/^Instance type "(.*)" is invalid\. Expected "(.*)"\.$/, "expected $2, got $1")
    .replace(/^Instance does not match any of /, "expected one of ")
    .replace(/^Instance does not have required property "(.*)"\.$/, "missing $1")
    .replace(/^Instance does not match /, "expected ");
  return { path: pathText(unit.instanceLocation), message: bounded(message) };
}

function unknownField(unit: OutputUnit, schema: object): ParameterProblem {
  const [, field = ""] = /^Property "([\s\S]*)" does not match/.exec(unit.error) ?? [];
  const parent = at(schema, unit.keywordLocation.replace(/\/[^/]*$/, "")) as { properties?: object } | undefined;
  const meant = nearest(field, Object.keys(parent?.properties ?? {}));
  const suggestion = meant === undefined ? "" : `; did you mean ${meant}?`;
  return {
    path: pathText(`${unit.instanceLocation}/${field.replace(/~/g, "~0").replace(/\//g, "~1")}`),
    message: bounded(`unknown field${suggestion}`),
  };
}

/** The value at a JSON pointer fragment (`#/properties/a`). */
function at(value: unknown, pointer: string): unknown {
  return steps(pointer).reduce<unknown>((inner, step) => (inner as Record<string, unknown> | undefined)?.[step], value);
}

function steps(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replace(/~1/g, "/").replace(/~0/g, "~"));
}

function pathText(pointer: string): string {
  return bounded(
    steps(pointer).reduce((text, step) => (/^\d+$/.test(step) ? `${text}[${step}]` : `${text}.${step}`), ROOT),
  );
}

function bounded(text: string): string {
  return text.length <= MAX_MESSAGE ? text : `${text.slice(0, MAX_MESSAGE)}…`;
}
