import type { Compilation } from "./compile.ts";
import type { FilterManifest } from "./manifest.ts";
import type { JSONSchema } from "./transform/schema.ts";

/** The part of the engine's own reader that is used here; Node's types leave it to the browser's. */
declare const WebAssembly: {
  Module: {
    new (bytes: Uint8Array): object;
    exports(module: object): { name: string }[];
    imports(module: object): { name: string }[];
  };
};

/** What travels beside the module: the config of the artifact in a registry, and `build/NAME.json` on disk. */
export interface FilterConfig {
  name: string;
  version: string;
  description: string;
  license?: string;
  source?: string;
  keywords?: string[];
  /** The version of proxy-wasm's ABI that the module speaks. */
  abi: "0.2.1";
  type: "http" | "network";
  rootIDs: string[];
  /** JSON Schema (2020-12) of the parameters. */
  schema: JSONSchema;
  /** Host functions that the module calls. */
  imports: string[];
  /** Callbacks that the module exports: the proxy calls no other. */
  exports: string[];
  /** Services that the filter calls, to be bound at deployment; an empty list says that it calls none. */
  upstreams: string[];
  defaults: NonNullable<FilterManifest["defaults"]>;
  examples: FilterManifest["examples"];
  /** Version of @asmfilter/sdk. */
  sdk: string;
  compiler: string;
}

/** Versions of what built the module. */
export interface Toolchain {
  sdk: string;
  compiler: string;
}

/** Puts together what the author declared and what the compiler found. */
export function filterConfig(manifest: FilterManifest, compilation: Compilation, toolchain: Toolchain): FilterConfig {
  const { name, version, description, license, source, keywords, type, upstreams = [] } = manifest;
  const module = new WebAssembly.Module(compilation.wasm);
  const names = (entries: { name: string }[]) => entries.map((entry) => entry.name).sort();
  const exported = names(WebAssembly.Module.exports(module));
  return {
    name,
    version,
    description,
    ...(license === undefined ? {} : { license }),
    ...(source === undefined ? {} : { source }),
    ...(keywords === undefined ? {} : { keywords }),
    abi: "0.2.1",
    type,
    rootIDs: compilation.facts.rootIDs,
    schema: compilation.facts.schema,
    imports: names(WebAssembly.Module.imports(module)),
    exports: exported.filter((each) => each.startsWith("proxy_on_")),
    upstreams,
    defaults: manifest.defaults ?? {},
    examples: manifest.examples,
    ...toolchain,
  };
}
