/** Statements in AssemblyScript that read a value from the configuration, and refuse one that its field's decorators forbid. */
import type { ClassPrototype, Program, Type } from "assemblyscript";
import { type Constraints, inside, SEPARATOR } from "./constraints.ts";
import { durationText } from "./duration.ts";
import { literal } from "./literals.ts";
import { compilePattern, patternBytes } from "./pattern.ts";
import type { Shape } from "./shape.ts";

/** What the compiler writes into an author's file calls the SDK's reader by this name, which no author uses. */
export const READER = "asmf$reader";

/** How the classes of the configuration are called where the statements stand. */
export type NameOf = (prototype: ClassPrototype) => string;

interface Scope {
  program: Program;
  constraints: Constraints;
  nameOf: NameOf;
}

/** What is done with a value, given the expression for it. */
type Use = (value: string) => string;

/** Statements that read a value of the shape and use it. */
export function readValue(scope: Scope, shape: Shape, use: Use, depth = 0): string {
  if (isPlain(scope.constraints, shape)) return use(`${READER}.read<${typeText(scope, shape.type)}>()`);
  const statements = readPresent(scope, shape, use, depth);
  return shape.nullable ? `if (${READER}.readNull()) { ${use("null")} } else { ${statements} }` : statements;
}

/** Whether the SDK's generic reader knows by the type alone how to read it. */
function isPlain(constraints: Constraints, shape: Shape): boolean {
  if (shape.kind === "list") {
    const isBounded = constraints.minItems !== undefined || constraints.maxItems !== undefined;
    return !isBounded && isPlain(inside(shape.kind, constraints), shape.values);
  }
  if (shape.kind === "string") return textChecks(constraints, "").length === 0;
  if (shape.kind === "integer" || shape.kind === "number") return rangeCheck(constraints, shape, "") === undefined;
  return shape.kind === "boolean" || shape.kind === "object";
}

function readPresent(scope: Scope, shape: Shape, use: Use, depth: number): string {
  const { constraints } = scope;
  const value = `_value${depth}`;
  const type = typeText(scope, shape.type, false);
  switch (shape.kind) {
    case "enum":
      return use(choiceValue(shape));
    case "list":
    case "map":
      return readMany(scope, shape, use, depth);
    case "routes": {
      const checks = countCheck(constraints, "Items", `${value}.length`, "rules");
      return `const ${value} = ${READER}.readRoutes<${scope.nameOf(shape.of)}>(); ${checks} ${use(value)}`;
    }
    case "string": {
      const checks = textChecks(constraints, value).join(" ");
      return `const ${value} = ${READER}.read<string>(); ${checks} ${use(value)}`;
    }
    case "duration": {
      const read = `const ${value} = ${READER}.readDuration();`;
      return `${read} ${rangeCheck(constraints, shape, value) ?? ""} ${use(value)}`;
    }
    default:
      return `const ${value} = ${READER}.read<${type}>(); ${rangeCheck(constraints, shape, value) ?? ""} ${use(value)}`;
  }
}

function readMany(scope: Scope, shape: Shape & { kind: "list" | "map" }, use: Use, depth: number): string {
  const all = `_all${depth}`;
  const type = typeText(scope, shape.type, false);
  const within = { ...scope, constraints: inside(shape.kind, scope.constraints) };
  const inner = (add: Use) => readValue(within, shape.values, add, depth + 1);
  if (shape.kind === "list") {
    return `const ${all} = new ${type}();
      for (let more = ${READER}.openList(); more; more = ${READER}.nextElement()) { ${inner((value) => `${all}.push(${value});`)} }
      ${countCheck(scope.constraints, "Items", `${all}.length`, "elements")} ${use(all)}`;
  }
  return `const ${all} = new ${type}();
    for (let more = ${READER}.openObject(); more; more = ${READER}.nextField()) {
      const _key${depth} = ${READER}.fieldName();
      ${inner((value) => `${all}.set(_key${depth}, ${value});`)}
    }
    ${countCheck(scope.constraints, "Properties", `${all}.size`, "entries")} ${use(all)}`;
}

/** The number of the enum's member that is named in the configuration. */
function choiceValue({ choices }: Shape & { kind: "enum" }): string {
  const index = `${READER}.readChoice(${literal(choices.map(({ name }) => name).join(SEPARATOR))})`;
  if (choices.every(({ value }, i) => value === i)) return index;
  const values = choices.map(({ value }) => value).join(",");
  return `load<i32>(memory.data<i32>([${values}]) + (<usize>${index} << 2))`;
}

function textChecks(constraints: Constraints, value: string): string[] {
  const { pattern, enum: choices } = constraints;
  const checks: string[] = [];
  if (choices) checks.push(`${READER}.requireChoice(${literal(choices.join(SEPARATOR))});`);
  const count = countCheck(constraints, "Length", `${READER}.countCharacters(${value})`, "characters");
  if (count) checks.push(count);
  if (pattern !== undefined) {
    const automaton = patternBytes(compilePattern(pattern));
    const found = `${READER}.matches(${value}, memory.data<u8>([${automaton.join(",")}]))`;
    checks.push(require(found, `expected text that matches ${pattern}`));
  }
  return checks;
}

function rangeCheck(constraints: Constraints, shape: Shape, value: string): string | undefined {
  const limits = shape.kind === "integer" ? shape : { minimum: undefined, maximum: undefined };
  const minimum = tighter(constraints.minimum, limits.minimum, Math.max);
  const maximum = tighter(constraints.maximum, limits.maximum, Math.min);
  const text = (limit: number) => (shape.kind === "duration" ? durationText(limit) : `${limit}`);
  // A limit is rounded as the value was: one that was written alike fits.
  const number = (limit: number) =>
    shape.kind === "number" ? `<${shape.type.toString()}>${floatText(limit)}` : `${limit}`;
  const conditions = [
    ...(minimum === undefined ? [] : [`${value} >= ${number(minimum)}`]),
    ...(maximum === undefined ? [] : [`${value} <= ${number(maximum)}`]),
  ];
  if (conditions.length === 0) return undefined;
  const noun = shape.kind === "duration" ? "a duration" : shape.kind === "integer" ? "an integer" : "a number";
  const range =
    minimum === undefined
      ? `of at most ${text(maximum as number)}`
      : maximum === undefined
        ? `of at least ${text(minimum)}`
        : `from ${text(minimum)} to ${text(maximum)}`;
  return require(conditions.join(" && "), `expected ${noun} ${range}`);
}

/** With an exponent what the language would take for an integer, which has 64 bits at most. */
function floatText(value: number): string {
  return Math.abs(value) < 2 ** 53 ? `${value}` : value.toExponential();
}

/** A limit that the type does not have by itself. */
function tighter(
  limit: number | undefined,
  own: number | undefined,
  choose: (...limits: number[]) => number,
): number | undefined {
  return limit === undefined || own === undefined || choose(limit, own) !== own ? limit : undefined;
}

function countCheck(
  constraints: Constraints,
  what: "Length" | "Items" | "Properties",
  count: string,
  noun: string,
): string {
  const [least, most] = [constraints[`min${what}`], constraints[`max${what}`]];
  if (least === undefined && most === undefined) return "";
  const conditions = [
    ...(least === undefined ? [] : [`_count >= ${least}`]),
    ...(most === undefined ? [] : [`_count <= ${most}`]),
  ];
  const range =
    least === undefined ? `at most ${most}` : most === undefined ? `at least ${least}` : `${least} to ${most}`;
  return `{ const _count: i32 = ${count}; ${require(conditions.join(" && "), `expected ${range} ${noun}`)} }`;
}

function require(condition: string, expected: string): string {
  return `${READER}.require(${condition}, ${literal(expected)});`;
}

/** How a type is written in the method. */
function typeText(scope: Pick<Scope, "program" | "nameOf">, type: Type, withNull = true): string {
  const { program, nameOf } = scope;
  const reference = type.classReference;
  if (type.isValue || !reference) return type.toString();
  const { prototype, typeArguments } = reference;
  const inner = (typeArguments ?? []).map((each) => typeText(scope, each)).join(", ");
  const name =
    reference === program.stringInstance
      ? "string"
      : prototype === program.arrayPrototype
        ? `Array<${inner}>`
        : prototype === program.mapPrototype
          ? `Map<${inner}>`
          : prototype.name === "Routes" && typeArguments
            ? `${READER}.Routes<${inner}>`
            : nameOf(prototype);
  return withNull && type.isNullableReference ? `${name} | null` : name;
}
