import type { ModuleMetadata } from "./module.ts";

const hostModules: ReadonlySet<string> = new Set(["env", "wasi_snapshot_preview1", "wasi_unstable"]);

/**
 * What the module needs from the proxy, as the keys of Envoy's `allowed_capabilities`: the host functions that it
 * imports and the callbacks that it exports, sorted, each once. Allow just these and the filter works, and nothing more.
 *
 *     capabilities(readModule(bytes)) // ["fd_write", "proxy_log", "proxy_on_response_headers"]
 */
export function capabilities(module: Pick<ModuleMetadata, "imports" | "callbacks">): string[] {
  const functions = module.imports.filter((entry) => entry.kind === "function" && hostModules.has(entry.module));
  return [...new Set([...functions.map(({ name }) => name), ...module.callbacks])].sort();
}
