import {
  ArrayLiteralExpression,
  type Class,
  ClassPrototype,
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
  TrueExpression,
  type Type,
  UnaryPrefixExpression,
} from "assemblyscript";
import type { Registered } from "./declarations.ts";
import { textOf } from "./source.ts";

/** A JSON Schema, of draft 2020-12. */
export type JSONSchema = { [keyword: string]: unknown };

const DRAFT = "https://json-schema.org/draft/2020-12/schema";

/** The schema of a filter's configuration, from the resolved types of its `@config` class. */
export function configSchema(program: Program, { source, declaration }: Registered): JSONSchema {
  const prototype = program.filesByName.get(source.internalPath)?.members?.get(declaration.name.text);
  let base = prototype instanceof ClassPrototype ? (prototype.instances?.get("") ?? null) : null;
  while (base && base.prototype.name !== "HttpFilter") base = base.base;
  const config = base?.typeArguments?.[0]?.classReference;
  const schema = config && config.prototype.name !== "NoConfig" ? objectSchema(program, config) : emptyObject();
  return { $schema: DRAFT, ...schema };
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
      ...describe(declaration.range),
      ...typeSchema(program, field.type),
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
  const schema: JSONSchema = { type: "integer" };
  if (type.isUnsignedIntegerValue) schema.minimum = 0;
  else if (type.size < 64) schema.minimum = -(2 ** (type.size - 1));
  // Beyond 32 bits the limits are not numbers that JSON keeps.
  if (type.size < 64) schema.maximum = 2 ** (type.isSignedIntegerValue ? type.size - 1 : type.size) - 1;
  return schema;
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
  const value = initializer && constantOf(initializer);
  return value === undefined || initializer === null ? {} : { default: value };
}

/** The value of an expression that is written out; undefined where it has to be computed. */
function constantOf(expression: Expression): unknown {
  if (expression instanceof StringLiteralExpression) return expression.value;
  if (expression instanceof IntegerLiteralExpression) return Number(textOf(expression.range).replaceAll("_", ""));
  if (expression instanceof FloatLiteralExpression) return expression.value;
  if (expression instanceof TrueExpression) return true;
  if (expression instanceof FalseExpression) return false;
  if (expression instanceof NullExpression) return null;
  if (expression instanceof UnaryPrefixExpression && textOf(expression.range).startsWith("-")) {
    const operand = constantOf(expression.operand);
    return typeof operand === "number" ? -operand : undefined;
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
  const before = range.source.text.substring(0, range.start).replace(/(@[\w.]+(\([^)]*\))?\s*)+$/, "");
  const comment = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(?:export\s+)?$/.exec(before)?.[1];
  const text = comment?.replace(/^[ \t]*\*[ \t]?/gm, "").trim();
  return text ? { description: text.replace(/\s*\n\s*/g, " ") } : {};
}
