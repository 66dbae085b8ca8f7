import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { AsmFilterError } from "../errors.ts";
import { DebugIndex } from "./map.ts";

const index = z.int().min(0);
const schema = z.object({
  version: z.literal(3),
  file: z.string(),
  sources: z.array(z.string()),
  names: z.array(z.string()),
  mappings: z.string(),
  x_asmfilter: z.object({
    filter: z.string(),
    sha256: z.string(),
    firstFunction: index,
    functions: z.array(z.tuple([index, index, index])),
    exports: z.record(z.string(), index),
    calls: z.string(),
  }),
});

/**
 * Reads the debug map that `build` wrote, `NAME.wasm.map`. Where the module lies beside it, it has to be that of the map.
 * @throws {AsmFilterError} `ASMF_DEBUG_MAP_INVALID`, `ASMF_DEBUG_MAP_MISMATCH`
 */
export async function readDebugMap(path: string): Promise<DebugIndex> {
  const map = await parse(path);
  const module = path.replace(/\.map$/, "");
  const wasm = module === path ? undefined : await readFile(module).catch(() => undefined);
  if (wasm !== undefined && createHash("sha256").update(wasm).digest("hex") !== map.map.x_asmfilter.sha256) {
    throw new AsmFilterError("ASMF_DEBUG_MAP_MISMATCH", `${path} is the map of another module than ${module}`, {
      hint: "Build the filter again: both files come from one build.",
    });
  }
  return map;
}

async function parse(path: string): Promise<DebugIndex> {
  try {
    return new DebugIndex(schema.parse(JSON.parse(await readFile(path, "utf8"))));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? "it has another form" : (cause as Error).message;
    throw new AsmFilterError("ASMF_DEBUG_MAP_INVALID", `${path} cannot be read as a debug map: ${reason}`, {
      hint: "Give the NAME.wasm.map that `asmfilter build` writes beside the module.",
      cause,
    });
  }
}
