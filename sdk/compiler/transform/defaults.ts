/** What a field has if it is left out, and whether its own decorators allow that. */
import { type ClassPrototype, NewExpression, type Program } from "assemblyscript";
import { constantOf } from "./constants.ts";
import { type Constraints, inside } from "./constraints.ts";
import { durationText, parseDuration } from "./duration.ts";
import type { ConfigClasses, Field } from "./fields.ts";
import type { Shape } from "./shape.ts";

/** The default of a field as JSON. */
export function fallbackOf(program: Program, classes: ConfigClasses, field: Field, context: ClassPrototype): unknown {
  const { initializer } = field.declaration;
  if (!initializer) return undefined;
  if (initializer instanceof NewExpression) {
    return initializer.args.length > 0 ? undefined : made(program, classes, field.shape);
  }
  return jsonOf(field.shape, constantOf(program, initializer, context, field.shape.kind !== "number"));
}

/** What `new` without arguments makes. */
function made(program: Program, classes: ConfigClasses, shape: Shape): unknown {
  if (shape.kind === "list" || shape.kind === "routes") return [];
  if (shape.kind === "map") return {};
  const inner = shape.kind === "object" ? classes.get(shape.of) : undefined;
  if (!inner || inner.isConstructed) return undefined;
  const entries = inner.fields.map((each): [string, unknown] => [
    each.name,
    each.constraints.writeOnly ? undefined : fallbackOf(program, classes, each, inner.prototype),
  ]);
  return entries.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(entries);
}

/** A value of the language as JSON has it; undefined where it has not. */
function jsonOf(shape: Shape, value: unknown): unknown {
  if (value === null) return shape.nullable ? null : undefined;
  switch (shape.kind) {
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "string":
      return typeof value === "string" ? value : undefined;
    case "number":
      return Number.isFinite(value) ? value : undefined;
    case "integer":
      return Number.isInteger(value) && (value as number) >= shape.minimum && (value as number) <= shape.maximum
        ? value
        : undefined;
    case "enum":
      return shape.choices.find((choice) => choice.value === value)?.name;
    case "duration": {
      const text = Number.isInteger(value) && (value as number) >= 0 ? durationText(value as number) : "";
      return parseDuration(text) === value ? text : undefined;
    }
    case "list": {
      const values = Array.isArray(value) ? value.map((each) => jsonOf(shape.values, each)) : [undefined];
      return values.includes(undefined) ? undefined : values;
    }
    default:
      return undefined;
  }
}

/** How a default breaks its field's decorators. */
export function violation(shape: Shape, constraints: Constraints, json: unknown): string | undefined {
  if (json === null) return undefined;
  if (Array.isArray(json)) {
    if (json.length < (constraints.minItems ?? 0) || json.length > (constraints.maxItems ?? json.length)) {
      return `a list of ${json.length}, which @minItems or @maxItems forbids`;
    }
    if (shape.kind !== "list") return undefined;
    const within = inside(shape.kind, constraints);
    return json.map((each) => violation(shape.values, within, each)).find((each) => each !== undefined);
  }
  if (typeof json === "string" && shape.kind === "string") return textViolation(constraints, json);
  const number = shape.kind === "duration" ? parseDuration(json as string) : json;
  if (typeof number !== "number") return undefined;
  if (number < (constraints.minimum ?? number)) return `${json}, which @minimum forbids`;
  return number > (constraints.maximum ?? number) ? `${json}, which @maximum forbids` : undefined;
}

function textViolation(constraints: Constraints, text: string): string | undefined {
  const length = [...text].length;
  const quoted = constraints.writeOnly ? "a text" : JSON.stringify(text);
  if (length < (constraints.minLength ?? 0)) return `${quoted}, which @minLength forbids`;
  if (length > (constraints.maxLength ?? length)) return `${quoted}, which @maxLength forbids`;
  if (constraints.enum?.includes(text) === false) return `${quoted}, which @oneOf forbids`;
  if (constraints.pattern === undefined || new RegExp(constraints.pattern, "u").test(text)) return undefined;
  return `${quoted}, which @pattern forbids`;
}
