import { Script } from "node:vm";
import { type OutputUnit, type Schema, Validator } from "@cfworker/json-schema";
import { nearest } from "../api/nearest.ts";
import { bounded } from "./bounded.ts";
import { contentHash } from "./canonical.ts";
import { durationProblems, schemaOfRoot, secretDepth, stepsOf, valueAt } from "./keywords.ts";

/** One thing that is wrong with the parameters. */
export interface ParameterProblem {
  /** Where, such as `spec.filter.parameters.routes[0].path`. */
  readonly path: string;
  /** What was expected there. */
  readonly message: string;
}

const ROOT = "spec.filter.parameters";
const MAX_PROBLEMS = 10;
// Of what differs only beyond the bounded length, one is shown: some more are looked at, not all of them.
const MAX_LOOKED_AT = 50;
const MAX_MESSAGE = 300;
const MAX_MILLISECONDS = 500;
/** No filter reads what is nested deeper, and to write it would take the stack. */
const MAX_DEPTH = 100;
const MAX_REMEMBERED = 256;

/** What was found, so that a schema which uses up its time does so once, and not whenever a resource is looked at. */
const remembered = new WeakMap<object, Map<string, readonly ParameterProblem[]>>();

/**
 * What is wrong with parameters by a filter's JSON Schema (2020-12): at most ten problems, none where they fit. Without a schema anything
 * fits, other than numbers that are passed on as other numbers and what is nested more than a hundred deep. No parameters count as an empty object, and a string as the JSON it holds.
 * The schema comes from whoever pushed the artifact: it is interpreted, never compiled, and given half a second, once for the same parameters.
 * Of values that the schema calls `writeOnly` no message tells anything, nor what is in them.
 *
 * @param rootID Of an artifact with several filters, the one that gets the parameters.
 */
export function checkParameters(
  ofArtifact: object | undefined,
  parameters: unknown,
  rootID?: string,
): readonly ParameterProblem[] {
  const unfit = unfitValues(parameters);
  if (unfit.length > 0 || ofArtifact === undefined) return unfit;
  const schema = schemaOfRoot(ofArtifact, rootID);
  const of = remembered.get(schema) ?? new Map<string, readonly ParameterProblem[]>();
  remembered.set(schema, of);
  const key = parameters === undefined ? "" : contentHash(parameters);
  const problems = of.get(key) ?? checkBySchema(schema, parameters);
  // The latest last, so that the first is the one that was not asked for longest.
  of.delete(key);
  of.set(key, problems);
  for (const oldest of of.keys()) if (of.size > MAX_REMEMBERED) of.delete(oldest);
  return problems;
}

function checkBySchema(schema: object, parameters: unknown): readonly ParameterProblem[] {
  const given = readParameters(parameters);
  if ("problem" in given) return [given.problem];
  try {
    return withinTime(() => {
      const { errors } = new Validator(schema as Schema, "2020-12", false).validate(given.value);
      const durations = durationProblems(schema, given.value).map(({ pointer, message }) => ({
        path: pathText(pointer),
        message: bounded(message, MAX_MESSAGE),
      }));
      return [...problemsOf(errors, schema), ...durations].slice(0, MAX_PROBLEMS);
    });
  } catch (error) {
    // An error of the other context is no instance of our Error.
    const reason = (error as Partial<Error> | null)?.message ?? String(error);
    return [
      {
        path: ROOT,
        message: bounded(`could not be checked, the artifact's schema is unusable: ${reason}`, MAX_MESSAGE),
      },
    ];
  }
}

function problemsOf(units: readonly OutputUnit[], schema: object): ParameterProblem[] {
  const problems = new Map<string, ParameterProblem>();
  let left = MAX_LOOKED_AT;
  for (const each of units) {
    if (WRAPPERS.has(each.keyword)) continue;
    const unit = plain(each);
    if (isOfMap(unit, schema)) continue;
    if (left-- === 0) break;
    const problem = problemOf(unit, schema);
    problems.set(`${problem.path} ${problem.message}`, problem);
  }
  return [...problems.values()].slice(0, MAX_PROBLEMS);
}

/**
 * JSON knows no bound of a number, JavaScript does: what is beyond 2^53 has become its neighbour already. From 10^21 on a number is
 * written with an exponent, and nobody means its last digit.
 */
function unfitValues(parameters: unknown): ParameterProblem[] {
  const problems: ParameterProblem[] = [];
  const open: { path: string; depth: number; value: unknown }[] = [{ path: "", depth: 0, value: parameters }];
  for (let next = open.pop(); next !== undefined && problems.length < MAX_PROBLEMS; next = open.pop()) {
    const { path, depth, value } = next;
    if (depth > MAX_DEPTH) return [{ path: ROOT, message: `nested more than ${MAX_DEPTH} deep` }];
    if (typeof value === "object" && value !== null) {
      for (const [step, inner] of Object.entries(value).reverse())
        open.push({ path: `${path}/${escaped(step)}`, depth: depth + 1, value: inner });
    } else if (Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value as number) < 1e21) {
      // The number may be a secret that lost its quotes.
      const message = "the number and its neighbours cannot be told apart; write it as a string, or below 2^53";
      problems.push({ path: pathText(path), message });
    }
  }
  return problems;
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
  "false",
]);

/** The validator's pointers are fragments of a URI: a space in a key is %20 there. */
function plain(unit: OutputUnit): OutputUnit {
  const { instanceLocation, keywordLocation } = unit;
  return {
    ...unit,
    instanceLocation: decodeURI(instanceLocation),
    keywordLocation: decodeURI(keywordLocation),
  };
}

/** Of a map's value its own schema says more. */
function isOfMap({ keyword, keywordLocation }: OutputUnit, schema: object): boolean {
  return keyword === "additionalProperties" && typeof valueAt(schema, keywordLocation) === "object";
}

function problemOf(unit: OutputUnit, schema: object): ParameterProblem {
  const depth = secretDepth(schema, stepsOf(unit.keywordLocation));
  if (depth !== undefined) {
    const path = unit.instanceLocation
      .split("/")
      .slice(0, depth + 1)
      .join("/");
    return { path: pathText(path), message: `is secret, and does not fit the schema's "${unit.keyword}"` };
  }
  if (unit.keyword === "additionalProperties" || unit.keyword === "unevaluatedProperties")
    return unknownField(unit, schema);
  const error =
    unit.keyword === "pattern" ? `expected text that matches ${valueAt(schema, unit.keywordLocation)}` : unit.error;
  const message = error
    .slice(0, 2 * MAX_MESSAGE)
    .replace(/^Instance type "(.*)" is invalid\. Expected "(.*)"\.$/, "expected $2, got $1")
    .replace(/^Instance does not match any of /, "expected one of ")
    .replace(/^Instance does not have required property "(.*)"\.$/, "missing $1")
    .replace(/^Instance does not match /, "expected ");
  return { path: pathText(unit.instanceLocation), message: bounded(message, MAX_MESSAGE) };
}

function unknownField(unit: OutputUnit, schema: object): ParameterProblem {
  const [, field = ""] = /^Property "([\s\S]*)" does not match/.exec(unit.error) ?? [];
  const parent = valueAt(schema, unit.keywordLocation.replace(/\/[^/]*$/, "")) as { properties?: object } | undefined;
  const meant = nearest(field, Object.keys(parent?.properties ?? {}));
  const suggestion = meant === undefined ? "" : `; did you mean ${meant}?`;
  return {
    path: pathText(`${unit.instanceLocation}/${escaped(field)}`),
    message: bounded(`unknown field${suggestion}`, MAX_MESSAGE),
  };
}

function escaped(step: string): string {
  return step.replace(/~/g, "~0").replace(/\//g, "~1");
}

function pathText(pointer: string): string {
  return bounded(
    stepsOf(pointer).reduce((text, step) => (/^\d+$/.test(step) ? `${text}[${step}]` : `${text}.${step}`), ROOT),
    MAX_MESSAGE,
  );
}
