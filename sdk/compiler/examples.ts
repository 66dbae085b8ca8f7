import { type OutputUnit, type Schema, Validator } from "@cfworker/json-schema";
import { parseDuration } from "./transform/duration.ts";
import type { JSONSchema } from "./transform/schema.ts";

/**
 * What a schema of ours refuses in parameters, the first thing, beginning with its path; undefined where they fit. By the
 * same reader as the controller's, so that an example can be deployed.
 */
export function problemOf(schema: JSONSchema, parameters: unknown): string | undefined {
  const { errors } = new Validator(schema as Schema, "2020-12", true).validate(parameters);
  // The last is about the value itself, those before it about what that is in. Of filters with parameters of their own
  // none takes these: why the last does not is not the point.
  const unit = errors.find(({ keyword }) => keyword === "anyOf") ?? errors.at(-1);
  return unit ? describe(unit) : durationProblem(schema, parameters, "");
}

function describe({ instanceLocation, keyword, error }: OutputUnit): string {
  const steps = decodeURI(instanceLocation).split("/").slice(1);
  const path = steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  return `${path.map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`)).join("")}: ${keyword === "false" ? "unknown field" : error}`;
}

/** JSON Schema knows no limits of durations. */
function durationProblem(schema: unknown, value: unknown, path: string): string | undefined {
  if (!isObject(schema)) return undefined;
  if (typeof value === "string") return limitProblem(schema, value, path);
  if (Array.isArray(value))
    return first(value, (each, index) => durationProblem(schema.items, each, `${path}[${index}]`));
  if (!isObject(value)) return undefined;
  const properties = isObject(schema.properties) ? schema.properties : {};
  const inner = (key: string) => (Object.hasOwn(properties, key) ? properties[key] : schema.additionalProperties);
  return first(Object.entries(value), ([key, each]) => durationProblem(inner(key), each, `${path}.${key}`));
}

function limitProblem(schema: JSONSchema, text: string, path: string): string | undefined {
  const { "x-durationMinimum": least, "x-durationMaximum": most } = schema;
  const milliseconds = parseDuration(text) ?? 0;
  if (typeof least === "string" && milliseconds < (parseDuration(least) ?? 0)) return `${path}: less than ${least}`;
  if (typeof most === "string" && milliseconds > (parseDuration(most) ?? 0)) return `${path}: more than ${most}`;
  return undefined;
}

function first<T>(values: readonly T[], problem: (value: T, index: number) => string | undefined): string | undefined {
  for (const [index, value] of values.entries()) {
    const found = problem(value, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isObject(value: unknown): value is JSONSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
