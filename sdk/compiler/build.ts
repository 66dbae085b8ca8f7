import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { type FilterConfig, filterConfig, type Toolchain } from "./artifact.ts";
import { type Compilation, compile } from "./compile.ts";
import type { DebugMap } from "./debug/map.ts";
import { AsmFilterError, type Diagnostic } from "./errors.ts";
import { problemOf } from "./examples.ts";
import { type FilterManifest, invalid, readManifest } from "./manifest.ts";
import { writeMessages } from "./protobuf/write.ts";
import { USER_DEFINED } from "./transform/diagnostics.ts";
import type { JSONSchema } from "./transform/schema.ts";
import type { FilterFacts } from "./transform.ts";

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
  /** The debug map, for `asmfilter symbolize`. */
  mapPath: string;
  warnings: Diagnostic[];
}

/**
 * Builds a filter's folder into `build/NAME.wasm`, `build/NAME.json` and, for backtraces, `build/NAME.wasm.map`. The folder needs no `node_modules`: SDK and
 * compiler are those of this package. The same sources give the same bytes, wherever the folder is.
 *
 *     const { wasmPath, config } = await build({ folder: "filters/hello" });
 *
 * @throws {AsmFilterError} `ASMF_MANIFEST_MISSING`, `ASMF_MANIFEST_INVALID`, `ASMF_PROTO`, `ASMF_COMPILE` with `diagnostics`, or `ASMF_OUTPUT`;
 * nothing is written then, and what an earlier build left stays
 */
export async function build(options: BuildOptions): Promise<BuildResult> {
  const folder = resolve(options.folder);
  const manifest = await readManifest(folder);
  refuseUnbuildable(join(folder, "filter.yaml"), manifest);
  const { upstreams = [] } = manifest;
  await writeMessages(folder);
  const compilation = await compile(folder, { upstreams });
  checkType(join(folder, "filter.yaml"), manifest, compilation.facts.type);
  checkExamples(join(folder, "filter.yaml"), manifest, compilation.facts.schema);
  const config = filterConfig(manifest, compilation, await toolchain());
  const outDir = options.outDir === undefined ? join(folder, "build") : resolve(options.outDir);
  const wasmPath = join(outDir, `${manifest.name}.wasm`);
  const configPath = join(outDir, `${manifest.name}.json`);
  const mapPath = `${wasmPath}.map`;
  await replaceFiles(outDir, [
    [wasmPath, compilation.wasm],
    [configPath, `${JSON.stringify(config, null, 2)}\n`],
    [mapPath, `${JSON.stringify(debugMap(manifest.name, compilation))}\n`],
  ]);
  const { wasm } = compilation;
  const warnings = [...compilation.warnings, ...idleUpstreams(upstreams, compilation.facts.upstreams)];
  return { name: manifest.name, wasm, config, wasmPath, configPath, mapPath, warnings };
}

/** What `filter.yaml` may say of a filter that is pushed, and this does not build. */
function refuseUnbuildable(path: string, { language, module }: FilterManifest): void {
  const reasons: string[] = [];
  if (language !== "assemblyscript") reasons.push(`language: ${language} is not built here, only assemblyscript`);
  if (module !== undefined) reasons.push("module: a filter of assemblyscript is built from assembly/index.ts");
  if (reasons.length > 0) throw invalid(path, reasons);
}

/** By its type an artifact is put into the chain of HTTP filters or into that of the connection. */
function checkType(path: string, { type }: FilterManifest, found: FilterFacts["type"]): void {
  if (found === null || found === type) return;
  const base = found === "network" ? "NetworkFilter" : "HttpFilter";
  throw invalid(path, [`type: is ${type}, but the filters extend ${base}: make it ${found}`]);
}

/** Bound to the module by its hash: a map of another module would lie. */
function debugMap(name: string, { wasm, origins }: Compilation): DebugMap {
  const { functions, ...map } = origins;
  const sha256 = createHash("sha256").update(wasm).digest("hex");
  return { version: 3, file: `${name}.wasm`, ...map, x_asmfilter: { filter: name, sha256, ...functions } };
}

/** Each deployment would have to bind a name for nothing. */
function idleUpstreams(listed: readonly string[], called: readonly string[]): Diagnostic[] {
  const idle = listed.filter((name) => !called.includes(name));
  return idle.map((name) => ({
    severity: "warning",
    code: USER_DEFINED,
    message: `filter.yaml lists the upstream "${name}", which nothing calls`,
    file: "",
    line: 0,
    column: 0,
  }));
}

/** The schema is what a deployment is checked against, so an example that it refuses could not be deployed. */
function checkExamples(path: string, { examples }: FilterManifest, schema: JSONSchema): void {
  const problems = examples.flatMap(({ parameters }, index) => {
    const problem = problemOf(schema, parameters);
    return problem === undefined ? [] : [`examples[${index}].parameters${problem}`];
  });
  if (problems.length > 0) throw invalid(path, problems);
}

/** Writes all files aside before it puts any in place, so that a full disk or a kill leaves no half of one. */
async function replaceFiles(outDir: string, files: [path: string, content: Uint8Array | string][]): Promise<void> {
  const aside = files.map(([path, content]) => ({ path, content, temporary: `${path}.${randomUUID()}.tmp` }));
  try {
    await mkdir(outDir, { recursive: true });
    for (const { path, content, temporary } of aside) {
      if ((await stat(path).catch(() => undefined))?.isDirectory()) throw new Error(`${path} is a folder`);
      await writeFile(temporary, content);
    }
    for (const { path, temporary } of aside) await rename(temporary, path);
  } catch (cause) {
    throw new AsmFilterError("ASMF_OUTPUT", `the build cannot be written: ${(cause as Error).message}`, {
      hint: "The earlier build is as it was. Make the folder writable, or name another with --out.",
      cause,
    });
  } finally {
    for (const { temporary } of aside) await rm(temporary, { force: true });
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
