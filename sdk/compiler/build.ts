import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { type FilterConfig, filterConfig, type Toolchain } from "./artifact.ts";
import { compile } from "./compile.ts";
import type { Diagnostic } from "./errors.ts";
import { readManifest } from "./manifest.ts";

/** What to build and where to. */
export interface BuildOptions {
  /** The filter's folder: `filter.yaml` and `assembly/index.ts` are in it. */
  folder: string;
  /** Default: `build` in the filter's folder. */
  outDir?: string;
}

/** What was built and written. */
export interface BuildResult {
  name: string;
  wasm: Uint8Array;
  config: FilterConfig;
  wasmPath: string;
  configPath: string;
  warnings: Diagnostic[];
}

/**
 * Builds a filter's folder into `build/NAME.wasm` and `build/NAME.json`. The folder needs no `node_modules`: SDK and
 * compiler are those of this package. The same sources give the same bytes, wherever the folder is.
 *
 *     const { wasmPath, config } = await build({ folder: "filters/hello" });
 *
 * @throws {AsmFilterError} `ASMF_MANIFEST_MISSING`, `ASMF_MANIFEST_INVALID`, or `ASMF_COMPILE` with `diagnostics`;
 * nothing is written then, and what an earlier build left stays
 */
export async function build(options: BuildOptions): Promise<BuildResult> {
  const folder = resolve(options.folder);
  const manifest = await readManifest(folder);
  const compilation = await compile(folder);
  const config = filterConfig(manifest, compilation, await toolchain());
  const outDir = options.outDir === undefined ? join(folder, "build") : resolve(options.outDir);
  const wasmPath = join(outDir, `${manifest.name}.wasm`);
  const configPath = join(outDir, `${manifest.name}.json`);
  await mkdir(outDir, { recursive: true });
  await replaceFiles([
    [wasmPath, compilation.wasm],
    [configPath, `${JSON.stringify(config, null, 2)}\n`],
  ]);
  const { wasm, warnings } = compilation;
  return { name: manifest.name, wasm, config, wasmPath, configPath, warnings };
}

/** Writes all files aside before it puts any in place, so that a full disk or a kill leaves no half of one. */
async function replaceFiles(files: [path: string, content: Uint8Array | string][]): Promise<void> {
  const aside = files.map(([path]) => `${path}.${process.pid}.tmp`);
  try {
    for (const [i, [, content]] of files.entries()) await writeFile(aside[i] ?? "", content);
    for (const [i, [path]] of files.entries()) await rename(aside[i] ?? "", path);
  } finally {
    for (const path of aside) await rm(path, { force: true });
  }
}

async function toolchain(): Promise<Toolchain> {
  const require = createRequire(import.meta.url);
  const version = async (file: string) => JSON.parse(await readFile(file, "utf8")).version as string;
  return {
    sdk: await version(require.resolve("../package.json")),
    compiler: `assemblyscript ${await version(require.resolve("assemblyscript/package.json"))}`,
  };
}
