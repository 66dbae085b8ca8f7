import { type ClassPrototype, FieldDeclaration, NewExpression, type Program, type Range } from "assemblyscript";
import { constantOf } from "./constants.ts";
import { type Constraints, constraintsOf, inside } from "./constraints.ts";
import type { DeclaredConfig } from "./declarations.ts";
import { reportError } from "./diagnostics.ts";
import { durationText, parseDuration } from "./duration.ts";
import { prototypeOf } from "./prototypes.ts";
import { type Shape, shapeOf } from "./shape.ts";

/** What a `@config` class takes, its bases' fields first. */
export interface ConfigClass {
  declared: DeclaredConfig;
  prototype: ClassPrototype;
  fields: Field[];
  /** Whether the class is what the rules of a `Routes` have, beside what they match. */
  isRule: boolean;
}

export interface Field {
  name: string;
  declaration: FieldDeclaration;
  shape: Shape;
  constraints: Constraints;
  isRequired: boolean;
  /** What the field has if it is left out, as JSON; undefined where only the program's run knows it. */
  fallback: unknown;
}

/** The `@config` classes of a module, by their elements in the compiler. */
export type ConfigClasses = Map<ClassPrototype, ConfigClass>;

const STATIC = 32;

/** Finds out what each `@config` class takes. Mistakes are reported where they stand. */
export function readConfigClasses(program: Program, configs: DeclaredConfig[]): ConfigClasses {
  const classes: ConfigClasses = new Map();
  for (const declared of configs) {
    const prototype = prototypeOf(program, declared.declaration);
    if (prototype) classes.set(prototype, { declared, prototype, fields: [], isRule: false });
  }
  for (const each of classes.values()) fillFields(program, each, classes);
  for (const each of classes.values()) {
    for (const { name, shape, declaration } of ownFields(each)) {
      checkNesting(program, classes, each, shape, declaration.range);
      markRules(program, classes, shape, name, declaration.range);
    }
  }
  for (const each of classes.values()) {
    for (const field of ownFields(each)) {
      field.fallback = fallbackOf(program, classes, field, each.prototype);
      const problem = violation(field.shape, field.constraints, field.fallback);
      const range = field.declaration.initializer?.range ?? field.declaration.range;
      if (problem) reportError(program, range, `the default of "${field.name}" is ${problem}`);
    }
  }
  return classes;
}

/** The fields that are not a base's. */
function ownFields({ fields, declared }: ConfigClass): Field[] {
  return fields.filter(({ declaration }) => declared.declaration.members.includes(declaration));
}

function fillFields(program: Program, config: ConfigClass, classes: ConfigClasses): void {
  if (config.fields.length > 0) return;
  const { basePrototype, extendsNode } = config.prototype;
  const base = basePrototype ? classes.get(basePrototype) : undefined;
  if (base) fillFields(program, base, classes);
  if (extendsNode && basePrototype && !base) {
    const message = `the base of a configuration class must be one: put @config above "${basePrototype.name}"`;
    reportError(program, extendsNode.range, message);
  }
  const own = config.declared.declaration.members.filter(isField);
  config.fields = [
    ...(base?.fields.filter(({ name }) => !own.some((field) => field.name.text === name)) ?? []),
    ...own.flatMap((field) => fieldOf(program, config, field, config.declared) ?? []),
  ];
}

function isField(member: { flags: number }): member is FieldDeclaration {
  return member instanceof FieldDeclaration && !(member.flags & STATIC);
}

function fieldOf(
  program: Program,
  { prototype }: ConfigClass,
  declaration: FieldDeclaration,
  { meaning }: DeclaredConfig,
): Field | undefined {
  const name = declaration.name.text;
  const refuse = (message: string) => reportError(program, declaration.range, message);
  if (!declaration.type) {
    refuse(`the configuration field "${name}" needs a type`);
    return undefined;
  }
  // Names that nothing has are the compiler's to report.
  if (!program.resolver.resolveType(declaration.type, null, prototype)) return undefined;
  const shape = shapeOf(program, declaration.type, prototype);
  if (!shape) {
    const kinds = "a string, bool, number, enum, Duration, @config class, or list, map or Routes of these";
    refuse(`the configuration field "${name}" must be ${kinds}`);
    return undefined;
  }
  const unknown = shape.kind === "enum" && shape.choices.find(({ value }) => !Number.isSafeInteger(value));
  if (unknown) refuse(`the value of "${unknown.name}" must be a constant, so that configuration can name it`);
  const constraints = constraintsOf(program, declaration, shape, prototype, meaning);
  return { name, declaration, shape, constraints, isRequired: !declaration.initializer, fallback: undefined };
}

function checkNesting(program: Program, classes: ConfigClasses, of: ConfigClass, shape: Shape, range: Range): void {
  if (!contains(classes, shape, of.prototype, [])) return;
  reportError(program, range, `the configuration class "${of.prototype.name}" contains itself`);
}

/** Whether a value of the shape can hold one of the class: nothing would bound how deep the configuration goes. */
function contains(classes: ConfigClasses, shape: Shape, sought: ClassPrototype, seen: ClassPrototype[]): boolean {
  if (shape.kind === "list" || shape.kind === "map") return contains(classes, shape.values, sought, seen);
  if (shape.kind !== "object" && shape.kind !== "routes") return false;
  if (shape.of === sought) return true;
  if (seen.includes(shape.of)) return false;
  return !!classes.get(shape.of)?.fields.some((field) => contains(classes, field.shape, sought, [...seen, shape.of]));
}

/** Notes which classes are read with a `match` beside their own fields. */
function markRules(program: Program, classes: ConfigClasses, shape: Shape, name: string, range: Range): void {
  if (shape.kind === "list" || shape.kind === "map") markRules(program, classes, shape.values, name, range);
  const rule = shape.kind === "routes" ? classes.get(shape.of) : undefined;
  if (!rule) return;
  rule.isRule = true;
  const problem = rule.fields.some((field) => field.name === "match")
    ? `has a field "match", which is what a rule applies to`
    : rule.fields.some((field) => hasRoutes(classes, field.shape)) && "has Routes itself";
  if (problem) reportError(program, range, `"${name}" cannot be Routes of "${rule.prototype.name}": it ${problem}`);
}

function hasRoutes(classes: ConfigClasses, shape: Shape): boolean {
  if (shape.kind === "routes") return true;
  if (shape.kind === "list" || shape.kind === "map") return hasRoutes(classes, shape.values);
  const inner = shape.kind === "object" ? classes.get(shape.of) : undefined;
  return !!inner?.fields.some((field) => hasRoutes(classes, field.shape));
}

/** The default of a field as JSON. */
function fallbackOf(program: Program, classes: ConfigClasses, field: Field, context: ClassPrototype): unknown {
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
  if (!inner) return undefined;
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
function violation(shape: Shape, constraints: Constraints, json: unknown): string | undefined {
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
