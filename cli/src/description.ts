import { type AbiVersion, readModule } from "@asmfilter/host/metadata";
import type { FilterConfig } from "@asmfilter/oci";
import { sha256 } from "./building.ts";
import { type Fact, formatSize } from "./output.ts";
import type { Subject } from "./subject.ts";

const saidFields = [
  "name",
  "version",
  "description",
  "type",
  "rootIDs",
  "upstreams",
  "schema",
  "defaults",
  "examples",
] as const;
type Said = (typeof saidFields)[number];

/** What `asmfilter inspect` says of a module: first what its author says, then what its bytes say. */
export interface Description extends Partial<Pick<FilterConfig, Said>> {
  source: string;
  abi: AbiVersion;
  /** Host functions that it calls. */
  imports: string[];
  /** Callbacks by which the proxy calls it. */
  callbacks: string[];
  /** All of its exports. */
  exports: string[];
  /** Bytes of the module. */
  size: number;
  /** Digest of the artifact's manifest: what a deployment is pinned to. */
  digest?: string;
  /** Of the module, in hex. */
  sha256: string;
}

/** @throws AsmFilterError of the host, where the bytes are no proxy-wasm module. */
export function describe({ source, wasm, digest, config }: Subject): Description {
  const { abi, imports, callbacks, exports, size } = readModule(wasm);
  return {
    source,
    ...said(config),
    abi,
    imports: imports.map((entry) => entry.name),
    callbacks: [...callbacks],
    exports: [...exports],
    size,
    ...(digest !== undefined && { digest }),
    sha256: sha256(wasm),
  };
}

function said(config: FilterConfig | undefined): Partial<Pick<FilterConfig, Said>> {
  if (config === undefined) return {};
  const known = saidFields.filter((field) => config[field] !== undefined).map((field) => [field, config[field]]);
  return Object.fromEntries(known) as Pick<FilterConfig, Said>;
}

/** The description as rows of a name and a value. */
export function facts(found: Description): Fact[] {
  return [
    ["source", found.source],
    ["name", found.name],
    ["version", found.version],
    ["description", found.description],
    ["type", found.type],
    ["abi", found.abi],
    ["roots", found.rootIDs?.map((id) => (id === "" ? '""' : id)).join(", ")],
    ["upstreams", found.upstreams?.join(", ")],
    ["calls", lines(found.imports)],
    ["is called", lines(found.callbacks)],
    ["parameters", found.schema === undefined ? undefined : lines(parameters(found.schema))],
    ["size", formatSize(found.size)],
    ["digest", found.digest],
    ["sha256", found.sha256],
  ];
}

function lines(values: readonly string[]): string | readonly string[] {
  return values.length === 0 ? "none" : values;
}

interface Property {
  type?: string | string[];
  default?: unknown;
  description?: string;
}

/** One line for each parameter of the first level; the whole schema is in the JSON. */
function parameters(schema: object): string[] {
  const { properties = {}, required = [] } = schema as { properties?: Record<string, Property>; required?: string[] };
  return Object.entries(properties).map(([name, { type, default: standard, description }]) => {
    const kind = [type].flat().join(" or ") || "any";
    const preset = standard === undefined ? "" : ` = ${JSON.stringify(standard)}`;
    const duty = required.includes(name) ? ", required" : "";
    return `${name}: ${kind}${preset}${duty}${description === undefined ? "" : `  ${description}`}`;
  });
}
