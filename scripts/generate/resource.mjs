// The CustomResourceDefinition and the tables of docs/reference/resource.md, from the resource's schema.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { crd } from "@asmfilter/controller/api";
import { stringify } from "yaml";

const GENERATED = "# Generated from controller/src/api by `npm run generate`; do not edit.\n";

/** What the schema makes of files of the repository, by path. */
export function resourceFiles(root) {
  const definition = crd();
  const schema = definition.spec.versions[0].schema.openAPIV3Schema;
  const page = join(root, "docs", "reference", "resource.md");
  return new Map([
    [
      join(root, "deploy", "crds", "asmfilter.io_asmfilterdeployments.yaml"),
      GENERATED + stringify(definition, { lineWidth: 0 }),
    ],
    [
      page,
      fill(readFileSync(page, "utf8"), {
        spec: fieldTable("spec", schema.properties.spec),
        rules: ruleTable("spec", schema.properties.spec),
        status: fieldTable("status", schema.properties.status),
      }),
    ],
  ]);
}

/** Replaces what stands between `<!-- NAME -->` and `<!-- /NAME -->`. */
function fill(text, parts) {
  for (const [name, content] of Object.entries(parts)) {
    const place = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
    if (!place.test(text)) throw new Error(`docs/reference/resource.md has no <!-- ${name} --> … <!-- /${name} -->`);
    text = text.replace(place, (_, start, end) => `${start}${content}${end}`);
  }
  return text;
}

function fieldTable(path, object) {
  const rows = fields(path, object).map(
    ({ path, type, preset, meaning }) => `| \`${path}\` | ${type} | ${preset} | ${meaning} |`,
  );
  return ["| field | type | default | meaning |", "|---|---|---|---|", ...rows, ""].join("\n");
}

function fields(path, { properties = {}, required = [] }) {
  return Object.entries(properties).flatMap(([name, field]) => {
    const at = `${path}.${name}`;
    const inner = field.type === "array" ? field.items : valuesOf(field);
    const suffix = field.type === "array" ? "[]" : inner === field ? "" : ".NAME";
    const preset = required.includes(name)
      ? "required"
      : field.default === undefined
        ? ""
        : `\`${JSON.stringify(field.default).replaceAll('"', "")}\``;
    const meaning = (field.description ?? "").replaceAll("|", "\\|");
    return [
      { path: at, type: typeText(field), preset: preset === "`{}`" ? "" : preset, meaning },
      ...fields(at + suffix, inner),
    ];
  });
}

/** The schema of a map's values, or the object itself. */
function valuesOf(field) {
  return typeof field.additionalProperties === "object" ? field.additionalProperties : field;
}

function typeText(field) {
  if (field.enum !== undefined) return field.enum.map((value) => `\`${value}\``).join(", ");
  if (field.type === "array") return `list of ${plural(field.items)}`;
  if (field.type === "object") return valuesOf(field) === field ? "object" : `map to ${plural(valuesOf(field))}`;
  if (field.type !== undefined) return field.type;
  // A value of several types: those whose keywords contradict each other are the ones it cannot have (structural.ts).
  const object = field.minProperties > field.maxProperties ? [] : ["object"];
  const array = field.minItems > field.maxItems ? [] : ["list"];
  return ["string", ...object, ...array].join(" or ");
}

function plural({ type, enum: values }) {
  return values !== undefined ? values.map((value) => `\`${value}\``).join(", ") : `${type}s`;
}

function ruleTable(path, object) {
  const rows = rules(path, object).map(({ path, message }) => `| \`${path}\` | ${message.replaceAll("|", "\\|")} |`);
  return ["| where | rule |", "|---|---|", ...rows, ""].join("\n");
}

function rules(path, schema) {
  const own = (schema["x-kubernetes-validations"] ?? []).map(({ message }) => ({ path, message }));
  const inner = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => rules(`${path}.${name}`, field));
  return [...own, ...inner];
}
