import type { ClassPrototype, DecoratorNode, FieldDeclaration, Program } from "assemblyscript";
import { constantOf } from "./constants.ts";
import type { Meaning } from "./declarations.ts";
import { reportError } from "./diagnostics.ts";
import { parseDuration } from "./duration.ts";
import { compilePattern } from "./pattern.ts";
import type { Shape } from "./shape.ts";

/** What decorators say of a field, by the keywords of JSON Schema. */
export interface Constraints {
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  /** From `@oneOf`. */
  enum?: string[];
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
  /** From `@secret`. */
  writeOnly?: true;
}

type Keyword = keyof Constraints;
type Kind = Shape["kind"];

/** For which kinds of values a decorator is; those for scalars hold for what a list or map has in it. */
const MEANT_FOR: Record<string, { keyword: Keyword; kinds: Kind[]; what: string }> = {
  minimum: { keyword: "minimum", kinds: ["integer", "number", "duration"], what: "numbers and durations" },
  maximum: { keyword: "maximum", kinds: ["integer", "number", "duration"], what: "numbers and durations" },
  minLength: { keyword: "minLength", kinds: ["string"], what: "strings" },
  maxLength: { keyword: "maxLength", kinds: ["string"], what: "strings" },
  pattern: { keyword: "pattern", kinds: ["string"], what: "strings" },
  oneOf: { keyword: "enum", kinds: ["string"], what: "strings" },
  minItems: { keyword: "minItems", kinds: ["list", "routes"], what: "lists" },
  maxItems: { keyword: "maxItems", kinds: ["list", "routes"], what: "lists" },
  minProperties: { keyword: "minProperties", kinds: ["map"], what: "maps" },
  maxProperties: { keyword: "maxProperties", kinds: ["map"], what: "maps" },
};

/** Reads the decorators of a field, and reports those that make no sense there. */
export function constraintsOf(
  program: Program,
  { decorators, name }: FieldDeclaration,
  shape: Shape,
  context: ClassPrototype,
  meaning: Meaning,
): Constraints {
  const constraints: Constraints = {};
  for (const node of decorators ?? []) {
    const decorator = meaning(node.name) ?? "";
    if (decorator === "secret") constraints.writeOnly = true;
    const target = Object.hasOwn(MEANT_FOR, decorator) ? MEANT_FOR[decorator] : undefined;
    if (!target) continue;
    const constrained = constrainedPart(shape, target.kinds);
    const refuse = (reason: string) => reportError(program, node.range, `@${decorator} ${reason}`);
    if (!constrained) refuse(`is for ${target.what}, and "${name.text}" has none`);
    else if (constraints[target.keyword] !== undefined) refuse("stands there already");
    else {
      const values = (node.args ?? []).map((each) => constantOf(program, each, context, false));
      const problem = take(constraints, target.keyword, constrained, values);
      if (problem) refuse(problem);
    }
  }
  const problem = contradiction(constraints);
  if (problem) reportError(program, name.range, `nothing fits "${name.text}": ${problem}`);
  return constraints;
}

/** The part of a value that a decorator is about. */
function constrainedPart(shape: Shape, kinds: Kind[]): Shape | undefined {
  if (kinds.includes(shape.kind)) return shape;
  return shape.kind === "list" || shape.kind === "map" ? constrainedPart(shape.values, kinds) : undefined;
}

/** Takes a decorator's arguments; what is wrong with them, if anything is. */
function take(into: Constraints, keyword: Keyword, shape: Shape, values: unknown[]): string | undefined {
  const [value] = values;
  if (keyword === "enum") return takeChoices(into, values);
  if (values.length !== 1 || value === undefined) return "takes one constant";
  if (keyword === "pattern") return takePattern(into, value);
  if (keyword === "minimum" || keyword === "maximum") {
    const number = shape.kind === "duration" && typeof value === "string" ? parseDuration(value) : value;
    if (typeof number !== "number" || !Number.isFinite(number)) {
      return shape.kind === "duration" ? 'takes a duration, as "1m30s"' : "takes a number";
    }
    if (shape.kind === "integer" && !Number.isInteger(number)) return "takes an integer here";
    if (shape.kind === "integer" && (keyword === "minimum" ? number > shape.maximum : number < shape.minimum)) {
      return `leaves nothing of the type ${shape.type.toString()}`;
    }
    into[keyword] = number;
    return undefined;
  }
  if (!Number.isSafeInteger(value) || (value as number) < 0) return "takes a count";
  (into as Record<string, unknown>)[keyword] = value;
  return undefined;
}

function takeChoices(into: Constraints, values: unknown[]): string | undefined {
  if (values.length === 0 || !values.every((value) => typeof value === "string")) return "takes texts";
  if (new Set(values).size < values.length) return "names one text twice";
  if (values.some((value) => value.includes(SEPARATOR))) return 'takes no text with ", " in it';
  into.enum = values;
  return undefined;
}

/** Between choices, where a proxy reads them and in its log. */
export const SEPARATOR = ", ";

function takePattern(into: Constraints, value: unknown): string | undefined {
  if (typeof value !== "string") return "takes a regular expression as text";
  try {
    compilePattern(value);
  } catch (error) {
    return `cannot be checked by the filter: ${(error as Error).message}`;
  }
  into.pattern = value;
  return undefined;
}

/** What is left to be said of the values in a list or map. */
export function inside(kind: Kind, constraints: Constraints): Constraints {
  const { minItems, maxItems, minProperties, maxProperties, writeOnly: _, ...scalar } = constraints;
  if (kind === "list") return { ...scalar, ...defined({ minProperties, maxProperties }) };
  return { ...scalar, ...defined({ minItems, maxItems }) };
}

function defined(all: { [keyword: string]: number | undefined }): Constraints {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function contradiction(constraints: Constraints): string | undefined {
  for (const what of ["imum", "Length", "Items", "Properties"] as const) {
    const [least, most] = [constraints[`min${what}`], constraints[`max${what}`]];
    if (least !== undefined && most !== undefined && least > most) return `@min${what} is more than @max${what}`;
  }
  return undefined;
}

/** The decorators of fields, as authors name them. */
export const FIELD_DECORATORS: readonly string[] = [...Object.keys(MEANT_FOR), "secret"];

/** Which of those stand at a declaration. */
export function fieldDecorators(declaration: { decorators: DecoratorNode[] | null }, meaning: Meaning) {
  return (declaration.decorators ?? []).filter(({ name }) => FIELD_DECORATORS.includes(meaning(name) ?? ""));
}
