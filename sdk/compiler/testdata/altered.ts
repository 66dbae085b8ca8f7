import { readFile } from "node:fs/promises";
import asc, { type APIOptions } from "assemblyscript/asc";
import { expect } from "vitest";
import FilterTransform from "../transform.ts";

/** What to put in place of which texts of the SDK, by file: `{"assembly/memory/collector.ts": {from: to}}`. */
export type Alterations = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A collector that runs wherever it may, and spoils what is freed and what is handed out. No build of a filter has it. */
export const STRESS: Alterations = {
  "assembly/memory/collector.ts": {
    "total + size > limit + SLACK": "true",
    "if (total > limit) __collect()": "__collect()",
  },
  "assembly/memory/allocator.ts": {
    "__free(ptr: usize): void {": "__free(ptr: usize): void { memory.fill(ptr, 0xdb, capacity(ptr));",
  },
  "assembly/memory/scratch.ts": {
    "top = at + size;": "memory.fill(at, 0xdb, size); top = at + size;",
  },
};

/** Scratch memory that counts what is reserved, and a trap where a callback ends and has not given all of it back. */
export const STRICT: Alterations = {
  "assembly/memory/scratch.ts": {
    "let top: usize = START;":
      "let top: usize = START; let onHeap = 0; export function isEmpty(): bool { return top == START && !onHeap; }",
    "at) return __alloc(size);": "at) { onHeap++; return __alloc(size); }",
    "__free(at);": "onHeap--; __free(at);",
  },
  "assembly/runtime/depth.ts": {
    "import { reset }": "import { isEmpty, reset }",
    "if (!--depth)": "if (depth == 1 && !isEmpty()) unreachable(); if (!--depth)",
  },
};

/** Compiles a filter of one file with an SDK whose text is altered. Every text to alter must be there. */
export async function compileAltered(text: string, ...alterations: Alterations[]): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  const wanted = alterations.flatMap((files) => Object.values(files).flatMap((texts) => Object.keys(texts)));
  const found = new Set<string>();
  const read = async (name: string) => {
    if (name === "index.ts") return text;
    const [, path] = name.split(/^node_modules\/@asmfilter\/sdk\//);
    if (path === undefined) return null;
    let source = await readFile(new URL(`../../${path}`, import.meta.url), "utf8").catch(() => null);
    if (source === null) return null;
    for (const files of alterations) {
      for (const [from, to] of Object.entries(files[path] ?? {})) {
        if (source.includes(from)) found.add(from);
        source = source.replace(from, to);
      }
    }
    return source;
  };
  const complaints: string[] = [];
  const { error } = await asc.main(["index.ts", "--optimizeLevel", "3", "--config", "none", "--outFile", "a.wasm"], {
    readFile: read,
    listFiles: () => null,
    writeFile: (_name, contents) => {
      if (typeof contents !== "string") wasm = contents;
    },
    reportDiagnostic: ({ message, range }) => {
      complaints.push(`${range?.source.normalizedPath} at ${range?.start}: ${message}`);
    },
    transforms: [FilterTransform] as unknown as NonNullable<APIOptions["transforms"]>,
  });
  expect([error, error ? complaints : []]).toEqual([null, []]);
  expect(wanted.filter((from) => !found.has(from))).toEqual([]);
  return wasm ?? new Uint8Array();
}
