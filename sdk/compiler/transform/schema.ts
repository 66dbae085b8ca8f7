import type { Program, Range } from "assemblyscript";
import { type Constraints, inside } from "./constraints.ts";
import type { Plugin } from "./declarations.ts";
import { DURATION_LENGTH, DURATION_PATTERN, durationText } from "./duration.ts";
import type { ConfigClass, ConfigClasses, Field } from "./fields.ts";
import { configOf } from "./prototypes.ts";
import type { Shape } from "./shape.ts";

/** A JSON Schema, of draft 2020-12. */
export type JSONSchema = { [keyword: string]: unknown };

const DRAFT = "https://json-schema.org/draft/2020-12/schema";

/**
 * The schema of what the plugins of a module take. Where they differ it admits what any of them takes, and each of its
 * alternatives says in `x-rootIDs` whose it is.
 */
export function configSchema(program: Program, plugins: Plugin[], classes: ConfigClasses): JSONSchema {
  const takers = new Map<ConfigClass | undefined, string[]>();
  for (const plugin of plugins) {
    const prototype = configOf(program, plugin)?.prototype;
    const config = prototype && classes.get(prototype);
    takers.set(config, [...(takers.get(config) ?? []), plugin.rootID]);
  }
  const schemas = [...takers].map(([config, rootIDs]) => ({
    rootIDs,
    schema: config ? objectSchema(classes, config) : { type: "object", properties: {}, additionalProperties: false },
  }));
  const [first] = schemas;
  if (schemas.length === 1 && first) return { $schema: DRAFT, ...first.schema };
  return { $schema: DRAFT, anyOf: schemas.map(({ rootIDs, schema }) => ({ "x-rootIDs": rootIDs, ...schema })) };
}

function objectSchema(classes: ConfigClasses, { fields, declared }: ConfigClass): JSONSchema {
  const required = fields.filter(({ isRequired }) => isRequired).map(({ name }) => name);
  return {
    ...describe(declared.declaration.range, declared.declaration.decorators),
    type: "object",
    properties: Object.fromEntries(fields.map((field) => [field.name, fieldSchema(classes, field)])),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: declared.isOpen,
  };
}

function fieldSchema(classes: ConfigClasses, { shape, declaration, constraints, fallback }: Field): JSONSchema {
  const { writeOnly } = constraints;
  return {
    ...valueSchema(classes, shape, constraints),
    ...describe(declaration.range, declaration.decorators),
    // What is secret has no default that everybody may read.
    ...(writeOnly ? { writeOnly } : fallback === undefined ? {} : { default: fallback }),
  };
}

function valueSchema(classes: ConfigClasses, shape: Shape, constraints: Constraints): JSONSchema {
  const schema = presentSchema(classes, shape, constraints);
  if (!shape.nullable) return schema;
  const choices = schema.enum as unknown[] | undefined;
  return { ...schema, type: [schema.type, "null"], ...(choices ? { enum: [...choices, null] } : {}) };
}

function presentSchema(classes: ConfigClasses, shape: Shape, constraints: Constraints): JSONSchema {
  const { minimum, maximum, minLength, maxLength, pattern, enum: choices } = constraints;
  const { minItems, maxItems, minProperties, maxProperties } = constraints;
  const inner = (values: Shape) => valueSchema(classes, values, inside(shape.kind, constraints));
  switch (shape.kind) {
    case "boolean":
      return { type: "boolean" };
    case "number":
      return { type: "number", ...numberLimits(shape.type.size, minimum, maximum) };
    case "integer":
      return {
        type: "integer",
        minimum: Math.max(shape.minimum, minimum ?? shape.minimum),
        maximum: Math.min(shape.maximum, maximum ?? shape.maximum),
      };
    case "string": {
      const format = constraints.writeOnly ? "password" : undefined;
      return { type: "string", ...defined({ format, enum: choices, pattern, minLength, maxLength }) };
    }
    case "duration":
      return durationSchema(minimum, maximum);
    case "enum":
      return { type: "string", enum: shape.choices.map(({ name }) => name) };
    case "list":
      return { type: "array", items: inner(shape.values), ...defined({ minItems, maxItems }) };
    case "map":
      return {
        type: "object",
        additionalProperties: inner(shape.values),
        ...defined({ minProperties, maxProperties }),
      };
    case "routes":
      return { type: "array", items: ruleSchema(classes, shape), ...defined({ minItems, maxItems }) };
    case "object": {
      const config = classes.get(shape.of);
      return config ? objectSchema(classes, config) : {};
    }
  }
}

/** The largest number of 32 bits. The decoder refuses what only 64 hold. */
const LARGEST_FLOAT = 2 ** 128 - 2 ** 104;

function numberLimits(bits: number, minimum: number | undefined, maximum: number | undefined): JSONSchema {
  if (bits === 64) return defined({ minimum, maximum });
  return {
    minimum: Math.max(minimum ?? -LARGEST_FLOAT, -LARGEST_FLOAT),
    maximum: Math.min(maximum ?? LARGEST_FLOAT, LARGEST_FLOAT),
  };
}

/** JSON Schema compares numbers only: its readers that know durations find their limits under names of our own. */
function durationSchema(minimum: number | undefined, maximum: number | undefined): JSONSchema {
  const text = (milliseconds: number | undefined) =>
    milliseconds === undefined ? undefined : durationText(milliseconds);
  return {
    type: "string",
    pattern: DURATION_PATTERN,
    minLength: DURATION_LENGTH,
    ...defined({ "x-durationMinimum": text(minimum), "x-durationMaximum": text(maximum) }),
  };
}

/** `*.example.org`, `a.example` or `[::1]`, without a port. */
const HOST_PATTERN = "^(\\*\\.)?[0-9A-Za-z_.-]+$|^\\[[0-9A-Fa-f:.]+\\]$";
const PATH_PATTERN = "^/[^?#]*$";

/** A rule of a `Routes`: the fields of its class, and what it applies to. */
function ruleSchema(classes: ConfigClasses, { of }: Shape & { kind: "object" | "routes" }): JSONSchema {
  const config = classes.get(of);
  const schema = config ? objectSchema(classes, config) : {};
  const texts = (pattern: string, description: string) => ({
    type: "array",
    items: { type: "string", pattern },
    minItems: 1,
    description,
  });
  const match: JSONSchema = {
    type: "object",
    description: "What the rule applies to: each host with each path. Everything, where it is left out.",
    properties: {
      hosts: texts(HOST_PATTERN, "Hosts without a port; *.example.org is each host below example.org. Default: all."),
      paths: texts(PATH_PATTERN, "Whole paths. Default, without prefixes: all."),
      prefixes: texts(PATH_PATTERN, "Beginnings of paths: /api is /api and all below it, not /apis."),
    },
    additionalProperties: false,
  };
  return { ...schema, properties: { match, ...(schema.properties as JSONSchema) } };
}

function defined(keywords: JSONSchema): JSONSchema {
  return Object.fromEntries(Object.entries(keywords).filter(([, value]) => value !== undefined));
}

/** The doc comment that ends right before a declaration and its decorators. */
function describe(range: Range, decorators: { range: Range }[] | null): JSONSchema {
  const start = Math.min(range.start, ...(decorators ?? []).map((each) => each.range.start));
  const before = range.source.text.substring(0, start).replace(/(\n[ \t]*\/\/.*)+\s*$/, "\n");
  const comment = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(?:export\s+)?$/.exec(before)?.[1];
  const text = comment?.replace(/^[ \t]*\*[ \t]?/gm, "").trim();
  return text ? { description: text.replace(/\s*\n\s*/g, " ") } : {};
}
