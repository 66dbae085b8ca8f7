import { expect, test } from "vitest";
import { crd } from "./index.ts";
import type { StructuralSchema } from "./structural.ts";

const schema = crd().spec.versions[0]!.schema.openAPIV3Schema;

function* nodes(at: StructuralSchema, path: string): Generator<[string, StructuralSchema]> {
  yield [path, at];
  for (const [name, field] of Object.entries(at.properties ?? {})) yield* nodes(field, `${path}.${name}`);
  if (at.items !== undefined) yield* nodes(at.items, `${path}[]`);
  if (typeof at.additionalProperties === "object") yield* nodes(at.additionalProperties, `${path}.*`);
}

test("every field is described", () => {
  const silent = [...nodes(schema, "")].filter(
    ([path, { description }]) => /\.\w+$/.test(path) && description === undefined,
  );
  expect(silent.map(([path]) => path)).toEqual([".apiVersion", ".kind", ".metadata", ".metadata.name"]);
});

test("no keyword is left that a structural schema may not have", () => {
  const foreign = [...nodes(schema, "")].filter(
    ([, node]) => "$ref" in node || "anyOf" in node || "const" in node || node.additionalProperties === false,
  );
  expect(foreign.map(([path]) => path)).toEqual([]);
});
