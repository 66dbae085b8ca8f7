import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { AsmFilterError as ModuleError, readModule } from "@asmfilter/host/metadata";
import { type Descriptor, type FilterConfig, packFilter, parseFilterConfig, type Target } from "@asmfilter/oci";
import { buildFolder } from "./building.ts";
import type { Context } from "./context.ts";
import { AsmFilterError } from "./errors.ts";
import { inTemporaryFolder } from "./files.ts";

/** A module on this machine, with what its artifact is made of besides. */
export interface LocalFilter {
  /** The file's or the folder's name, for a module that brings none of its own. */
  fallbackName: string;
  wasm: Uint8Array;
  /** What the compiler wrote; absent for a module that another tool made. */
  config: FilterConfig | undefined;
  readme: string | undefined;
}

/**
 * Builds a filter from its folder, or reads it from a .wasm file, with the NAME.json that `asmfilter build` wrote beside it.
 * @param keep whether a build is left in the folder's `build/`; else the folder is not touched.
 */
export async function openLocal(path: string, keep: boolean, context: Context): Promise<LocalFilter> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined) {
    throw new AsmFilterError("ASMF_FILE", `there is no file or folder ${path}`, {
      hint: "Give a filter's folder, or the .wasm file that a build wrote.",
    });
  }
  return stats.isDirectory() ? openFolder(path, keep, context) : openFile(path);
}

async function openFolder(folder: string, keep: boolean, context: Context): Promise<LocalFilter> {
  const { name, wasm, config } = keep
    ? await buildFolder(folder, context)
    : await inTemporaryFolder((outDir) => buildFolder(folder, context, outDir));
  return { fallbackName: name, wasm, config: parseFilterConfig(config), readme: await readReadme(folder) };
}

function readReadme(folder: string): Promise<string | undefined> {
  return readFile(join(folder, "README.md"), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

async function openFile(path: string): Promise<LocalFilter> {
  const wasm = await readFile(path);
  refuseOthers(path, wasm);
  return { fallbackName: basename(path, ".wasm"), wasm, config: await configBeside(path), readme: undefined };
}

/** Before anything is done with a file: is it a filter at all? */
function refuseOthers(path: string, wasm: Uint8Array): void {
  try {
    readModule(wasm);
  } catch (error) {
    if (!(error instanceof ModuleError)) throw error;
    throw new ModuleError(error.code, `${path}: ${error.message}`, { hint: error.hint, cause: error });
  }
}

async function configBeside(path: string): Promise<FilterConfig | undefined> {
  const beside = path.replace(/\.wasm$/, ".json");
  if (beside === path || !existsSync(beside)) return undefined;
  try {
    return parseFilterConfig(JSON.parse(await readFile(beside, "utf8")));
  } catch (cause) {
    throw new AsmFilterError("ASMF_FILE", `${beside}, beside the module, cannot be read as its configuration`, {
      hint: "Run `asmfilter build` again, or move the file away if it belongs to something else.",
      cause,
    });
  }
}

/** Packs the artifact into a target. The same filter gives the same digest, wherever it is packed. */
export function packLocal(
  target: Target,
  local: LocalFilter,
  annotations: Record<string, string>,
  signal?: AbortSignal,
): Promise<Descriptor> {
  const { wasm, readme, config } = local;
  return packFilter(target, {
    config: config ?? foreignConfig(local),
    module: wasm,
    annotations,
    readme,
    signal,
  });
}

/** What can be said of a module that another tool made: no more than its bytes tell. */
function foreignConfig({ fallbackName, wasm }: LocalFilter): FilterConfig {
  const { abi, imports, callbacks } = readModule(wasm);
  const isNetwork = callbacks.includes("proxy_on_new_connection") && !callbacks.includes("proxy_on_request_headers");
  const called = imports.map(({ name }) => name);
  return { name: fallbackName, type: isNetwork ? "network" : "http", abi, imports: called, exports: callbacks };
}
