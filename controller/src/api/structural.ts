import { z } from "zod";
import { specSchema } from "./spec.ts";
import { statusSchema } from "./status.ts";

/** The part of OpenAPI that Kubernetes calls a structural schema. */
export interface StructuralSchema {
  type?: "object" | "array" | "string" | "integer" | "boolean" | "number";
  description?: string;
  default?: unknown;
  properties?: Record<string, StructuralSchema>;
  additionalProperties?: StructuralSchema | boolean;
  required?: string[];
  items?: StructuralSchema;
  enum?: unknown[];
  "x-kubernetes-validations"?: { rule: string; message: string }[];
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  [keyword: string]: unknown;
}

/** A zod schema as a structural schema, as `apiextensions.k8s.io/v1` demands it. */
export function structural(schema: z.ZodType): StructuralSchema {
  return z.toJSONSchema(schema, {
    target: "openapi-3.0",
    io: "input",
    reused: "inline",
    override: ({ jsonSchema }) => adapt(jsonSchema as StructuralSchema),
  }) as StructuralSchema;
}

function adapt(schema: StructuralSchema): void {
  // Kubernetes prunes, and kubectl reports, what is not listed; the two keywords exclude each other.
  if (schema.properties !== undefined) delete schema.additionalProperties;
  if (schema.anyOf !== undefined) adaptUnion(schema);
  if (schema.type === "integer") adaptInteger(schema);
  // Look-around in the pattern of zod's date-time is not RE2; the format says it already.
  if (schema.format === "date-time") delete schema.pattern;
}

// Each holds for no value of its type, and for every value of another type.
const IMPOSSIBLE = {
  number: { minimum: 1, maximum: 0 },
  array: { minItems: 1, maxItems: 0 },
  object: { minProperties: 1, maxProperties: 0 },
  boolean: { not: { enum: [true, false] } },
};

/**
 * A value of several types: a structural schema may not say `type` in `anyOf`, and CEL does not see a value without a type. What is left is to
 * forbid the other types one by one, and to say of the allowed ones what only they heed.
 */
function adaptUnion(schema: StructuralSchema): void {
  const branches = schema.anyOf as StructuralSchema[];
  delete schema.anyOf;
  schema["x-kubernetes-preserve-unknown-fields"] = true;
  for (const [type, never] of Object.entries(IMPOSSIBLE)) {
    if (!branches.some((branch) => branch.type === type)) Object.assign(schema, never);
  }
  for (const { type, enum: values, minItems, maxItems } of branches) {
    if (type === "string" && values !== undefined) schema.pattern = `^(${values.join("|")})$`;
    if (type === "array") Object.assign(schema, { minItems, maxItems });
  }
}

/** Formats are not enforced, so the limits of 32 bits stay; those of zod's safe integers say nothing. */
function adaptInteger(schema: StructuralSchema): void {
  schema.format = (schema.maximum as number) > 0x7fffffff ? "int64" : "int32";
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
}

let resource: StructuralSchema | undefined;

/** The schema of `spec` and `status`, as the CustomResourceDefinition holds it. */
export function resourceSchema(): StructuralSchema {
  resource ??= {
    type: "object",
    required: ["spec"],
    properties: { spec: structural(specSchema), status: structural(statusSchema) },
  };
  return resource;
}

/** The names of the fields that may stand at a path, such as `["spec", "targetRefs", 0]`. */
export function knownFields(path: readonly PropertyKey[]): string[] {
  let at: StructuralSchema | undefined = resourceSchema();
  for (const part of path) {
    if (at === undefined) return [];
    const values: unknown = at.additionalProperties;
    at =
      typeof part === "number" ? at.items : (at.properties?.[String(part)] ?? (values as StructuralSchema | undefined));
  }
  return Object.keys(at?.properties ?? {});
}
