import {
  ArrayLiteralExpression,
  type Class,
  type Expression,
  FalseExpression,
  FloatLiteralExpression,
  IntegerLiteralExpression,
  NullExpression,
  type Program,
  Property,
  PropertyPrototype,
  type Range,
  StringLiteralExpression,
  TemplateLiteralExpression,
  TrueExpression,
  type Type,
  UnaryPrefixExpression,
} from "assemblyscript";
import type { Plugin } from "./declarations.ts";
import { configOf } from "./prototypes.ts";
import { textOf } from "./source.ts";

/** A JSON Schema, of draft 2020-12. */
export type JSONSchema = { [keyword: string]: unknown };

const DRAFT = "https://json-schema.org/draft/2020-12/schema";

/** The schema of what the plugins of a module take: of any of them, where they differ. */
export function configSchema(program: Program, plugins: Plugin[]): JSONSchema {
  const schemas = new Map<Class | null, JSONSchema>();
  for (const plugin of plugins) {
    const config = configOf(program, plugin);
    schemas.set(config, config ? objectSchema(program, config) : emptyObject());
  }
  const [first, ...more] = schemas.values();
  return { $schema: DRAFT, ...(more.length === 0 ? first : { anyOf: [first, ...more] }) };
}

function emptyObject(): JSONSchema {
  return { type: "object", properties: {}, additionalProperties: false };
}

function objectSchema(program: Program, config: Class): JSONSchema {
  const properties: JSONSchema = {};
  const required: string[] = [];
  for (const [name, member] of config.members ?? []) {
    const field = member instanceof PropertyPrototype ? member.instance : member instanceof Property ? member : null;
    const declaration = field?.prototype.fieldDeclaration;
    if (!field || !declaration) continue;
    properties[name] = {
      ...typeSchema(program, field.type),
      ...describe(declaration.range),
      ...defaultOf(declaration.initializer),
    };
    if (!declaration.initializer) required.push(name);
  }
  return {
    ...describe(config.prototype.declaration.range),
    type: "object",
    properties,
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
}

function typeSchema(program: Program, type: Type): JSONSchema {
  if (type.isBooleanValue) return { type: "boolean" };
  if (type.isFloatValue) return { type: "number" };
  if (type.isIntegerValue && type.isValue) return integerSchema(type);
  const schema = classSchema(program, type.classReference);
  return type.isNullableReference ? { ...schema, type: [schema.type, "null"] } : schema;
}

function integerSchema(type: Type): JSONSchema {
  // Of 64 bits only what all readers of JSON take for the same number (RFC 8259, section 6).
  const bits = Math.min(type.isSignedIntegerValue ? type.size - 1 : type.size, 53);
  const maximum = 2 ** bits - 1;
  const minimum = type.isUnsignedIntegerValue ? 0 : type.size < 64 ? -maximum - 1 : -maximum;
  return { type: "integer", minimum, maximum };
}

function classSchema(program: Program, reference: Class | null): JSONSchema {
  const prototype = reference?.prototype;
  if (prototype && prototype === program.stringInstance.prototype) return { type: "string" };
  if (prototype && prototype === program.arrayPrototype) {
    const [element] = reference.typeArguments ?? [];
    if (element) return { type: "array", items: typeSchema(program, element) };
  }
  return reference ? objectSchema(program, reference) : {};
}

function defaultOf(initializer: Expression | null): JSONSchema {
  const value = initializer ? constantOf(initializer) : undefined;
  // What JSON cannot say exactly is left to the class.
  const isExact =
    !Number.isInteger(value) || Number.isSafeInteger(value) || initializer instanceof FloatLiteralExpression;
  return value === undefined || !isExact || Math.abs(value as number) === Infinity ? {} : { default: value };
}

/** The value of an expression that is written out; undefined where it has to be computed. */
function constantOf(expression: Expression): unknown {
  if (expression instanceof StringLiteralExpression) return expression.value;
  if (expression instanceof IntegerLiteralExpression) return Number(textOf(expression.range).replaceAll("_", ""));
  if (expression instanceof FloatLiteralExpression) return expression.value;
  if (expression instanceof TrueExpression) return true;
  if (expression instanceof FalseExpression) return false;
  if (expression instanceof NullExpression) return null;
  if (expression instanceof TemplateLiteralExpression && !expression.tag && expression.expressions.length === 0) {
    return expression.parts[0];
  }
  if (expression instanceof UnaryPrefixExpression) {
    const operand = constantOf(expression.operand);
    const operator = textOf(expression.range)[0];
    if (operator === "!") return typeof operand === "boolean" ? !operand : undefined;
    if (typeof operand !== "number") return undefined;
    return operator === "-" ? -operand : operator === "+" ? operand : undefined;
  }
  if (expression instanceof ArrayLiteralExpression) {
    const values = expression.elementExpressions.map(constantOf);
    return values.includes(undefined) ? undefined : values;
  }
  return undefined;
}

/** The doc comment that ends right before a declaration. */
function describe(range: Range): JSONSchema {
  // Decorators belong to the declaration, but its range may begin after them.
  const before = range.source.text
    .substring(0, range.start)
    .replace(/(@[\w.]+(\([^)]*\))?\s*)+$/, "")
    .replace(/(\n[ \t]*\/\/.*)+\s*$/, "\n");
  const comment = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(?:export\s+)?$/.exec(before)?.[1];
  const text = comment?.replace(/^[ \t]*\*[ \t]?/gm, "").trim();
  return text ? { description: text.replace(/\s*\n\s*/g, " ") } : {};
}
