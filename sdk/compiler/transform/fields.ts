import {
  type ClassPrototype,
  type DeclarationStatement,
  FieldDeclaration,
  type Program,
  type Range,
} from "assemblyscript";
import { type Constraints, constraintsOf } from "./constraints.ts";
import type { DeclaredConfig } from "./declarations.ts";
import { fallbackOf, violation } from "./defaults.ts";
import { reportError } from "./diagnostics.ts";
import { prototypeOf } from "./prototypes.ts";
import { type Shape, shapeOf } from "./shape.ts";

/** What a `@config` class takes, its bases' fields first. */
export interface ConfigClass {
  declared: DeclaredConfig;
  prototype: ClassPrototype;
  fields: Field[];
  /** Whether the class is what the rules of a `Routes` have, beside what they match. */
  isRule: boolean;
  /** Whether a constructor of the author's, or of a base, has the last word on what a new object holds. */
  isConstructed: boolean;
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
    if (prototype)
      classes.set(prototype, {
        declared,
        prototype,
        fields: [],
        isRule: false,
        isConstructed: hasConstructor(prototype),
      });
  }
  for (const each of classes.values()) fillFields(program, each, classes);
  for (const each of classes.values()) {
    for (const { name, shape, declaration } of ownFields(each)) {
      checkNesting(program, classes, each, shape, declaration.range);
      markRules(program, classes, shape, name, declaration.range);
    }
  }
  for (const each of classes.values()) {
    if (each.isConstructed) each.fields = each.fields.map((field) => ({ ...field, fallback: undefined }));
    for (const field of each.isConstructed ? [] : ownFields(each)) {
      field.fallback = fallbackOf(program, classes, field, each.prototype);
      const problem = violation(field.shape, field.constraints, field.fallback);
      const range = field.declaration.initializer?.range ?? field.declaration.range;
      if (problem) reportError(program, range, `the default of "${field.name}" is ${problem}`);
    }
  }
  return classes;
}

function hasConstructor({ declaration, basePrototype }: ClassPrototype): boolean {
  const own = "members" in declaration ? (declaration.members as DeclarationStatement[]) : [];
  return own.some(({ name }) => name.text === "constructor") || (!!basePrototype && hasConstructor(basePrototype));
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
