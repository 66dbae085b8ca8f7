import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import {
  type DebugIndex,
  LogSymbolizer,
  AsmFilterError as MapError,
  readDebugMap,
  type Trap,
} from "@asmfilter/sdk/debug";
import type { Context } from "./context.ts";
import { AsmFilterError } from "./errors.ts";
import { type Format, print, say } from "./output.ts";

export interface SymbolizeFlags {
  map?: string[];
  /** `-` is stdin. */
  file: string;
  format: Format;
}

/**
 * Prints a log with the places of the source in its backtraces, as it comes; with the format JSON nothing is printed.
 * @param folder is looked into where no map is named.
 * @throws {MapError} ASMF_DEBUG_MAP_MISMATCH where there are backtraces, and no map is of the module of any.
 */
export async function symbolizeLog(folder: string, flags: SymbolizeFlags, context: Context): Promise<readonly Trap[]> {
  const paths = flags.map?.map((path) => resolve(context.cwd, path)) ?? (await mapsOf(folder));
  const maps: DebugIndex[] = await Promise.all(paths.map(readDebugMap));
  const symbolizer = new LogSymbolizer(maps);
  const show = (lines: readonly string[]) => {
    if (flags.format === "text") for (const line of lines) print(context, line);
  };
  for await (const line of linesOf(flags.file, context)) show(symbolizer.push(line));
  show(symbolizer.end());
  judge(symbolizer.traps, paths, context);
  return symbolizer.traps;
}

async function mapsOf(folder: string): Promise<string[]> {
  const build = join(folder, "build");
  const files = (await readdir(build).catch(() => [])).filter((name) => name.endsWith(".wasm.map"));
  if (files.length > 0) return files.map((name) => join(build, name));
  throw new AsmFilterError("ASMF_FILE", `there is no debug map in ${build}`, {
    hint: "Build the filter first, from the source that the module was made of, or name its map by --map.",
  });
}

async function* linesOf(file: string, context: Context): AsyncGenerator<string> {
  const input = file === "-" ? context.stdin : createReadStream(resolve(context.cwd, file));
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (cause) {
    throw new AsmFilterError("ASMF_FILE", `${file} cannot be read: ${(cause as Error).message}`, {
      hint: "Give --file a proxy's log, or pipe the log into the command.",
      cause,
    });
  }
}

/** What a user has to know who wonders why nothing, or not everything, was found. */
function judge(traps: readonly Trap[], maps: readonly string[], context: Context): void {
  if (traps.length === 0) say(context, "no filter trapped in this log");
  const traced = traps.filter(({ frames }) => frames.length > 0);
  const strange = traced.filter(({ filter }) => filter === undefined);
  if (strange.length === 0) return;
  if (strange.length < traced.length) {
    say(context, `${strange.length} of ${traced.length} backtraces are of modules that no map was given of`);
    return;
  }
  throw new MapError("ASMF_DEBUG_MAP_MISMATCH", `no backtrace in the log is of the module of ${maps.join(", ")}`, {
    hint: "Build the filter from the very source that the module was made of: the same source gives the same module, and its map. `asmfilter inspect` prints a module's sha256, which is in the map as well.",
  });
}
