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
  if (schema.anyOf !== undefined) {
    // A value of several types has no structural form; parseDeployment checks what the API server cannot.
    delete schema.anyOf;
    schema["x-kubernetes-preserve-unknown-fields"] = true;
  }
  if (schema.type === "integer") adaptInteger(schema);
  // Look-around in the pattern of zod's date-time is not RE2; the format says it already.
  if (schema.format === "date-time") delete schema.pattern;
}

function adaptInteger(schema: StructuralSchema): void {
  const wide = (schema.maximum as number | undefined) === undefined || (schema.maximum as number) > 0x7fffffff;
  schema.format = wide ? "int64" : "int32";
  if (schema.maximum === Number.MAX_SAFE_INTEGER || schema.maximum === 0x7fffffff) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER || schema.minimum === -0x80000000) delete schema.minimum;
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
