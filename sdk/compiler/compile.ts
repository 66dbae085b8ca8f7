import { readdir, readFile } from "node:fs/promises";
import { isAbsolute, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Parser } from "assemblyscript";
import asc, { type APIOptions } from "assemblyscript/asc";
import type binaryen from "assemblyscript/binaryen";
import { collectOrigins, type Origins } from "./debug/collect.ts";
import { AsmFilterError, type Diagnostic, formatDiagnostic } from "./errors.ts";
import { withoutExit } from "./exit.ts";
import { originOf } from "./transform/source.ts";
import FilterTransform, { type FilterFacts } from "./transform.ts";

/** This package's folder, which a filter's folder need not install. */
const SDK_FOLDER = fileURLToPath(new URL("..", import.meta.url));
const SDK_MODULE = ["node_modules", "@asmfilter", "sdk", ""].join(sep);

/** Smaller by far than -O3 and within 2 % of -Oz, but faster than that by a tenth. */
const OPTIONS = ["--optimizeLevel", "3", "--shrinkLevel", "1", "--runtime", "minimal"];
const ENTRY = "assembly/index.ts";

/** What compiling gives. */
export interface Compilation {
  wasm: Uint8Array;
  facts: FilterFacts;
  /** Where its code came from. */
  origins: Origins;
  warnings: Diagnostic[];
}

/** What is known of a filter besides its sources. */
export interface CompileOptions {
  /** The names that `filter.yaml` lists; where it is not given, the filter may call any. */
  upstreams?: readonly string[];
}

/**
 * Compiles `assembly/index.ts` of a filter's folder in this process.
 * @throws {AsmFilterError} `ASMF_COMPILE`, with the places in `diagnostics`
 */
export async function compile(folder: string, { upstreams }: CompileOptions = {}): Promise<Compilation> {
  const diagnostics: Found[] = [];
  let wasm: Uint8Array | undefined;
  let origins: Origins | undefined;
  let transform: FilterTransform | undefined;
  class Captured extends FilterTransform {
    constructor() {
      super();
      this.listedUpstreams = upstreams;
      transform = this;
    }

    override afterParse(parser: Parser): void {
      super.afterParse(parser);
      this.program.options.sourceMap = true;
    }

    override afterCompile(module: binaryen.Module): void {
      super.afterCompile(module);
      collectOrigins(this.program, this.binaryen, module, (found) => {
        origins = found;
      });
    }
  }
  const options = [ENTRY, ...OPTIONS, "--baseDir", folder, "--config", "none", "--outFile", "module.wasm"];
  const api: APIOptions = {
    readFile: (name, base) => readSource(name, base),
    listFiles: async (name, base) => (await readdir(resolve(base, name)).catch(() => null)) ?? null,
    writeFile: (_name, contents) => {
      if (typeof contents !== "string") wasm = contents;
    },
    reportDiagnostic: (raw) => void diagnostics.push(toDiagnostic(raw as RawDiagnostic, transform)),
    // asc makes the instance itself; the type asks for one that is made.
    transforms: [Captured] as unknown as NonNullable<APIOptions["transforms"]>,
  };
  const { error } = await withoutExit(() => asc.main(options, api)).catch((cause: Error) => ({ error: cause }));
  const facts = transform?.facts;
  if (error || !wasm || !facts || !origins) throw failure(diagnostics, error);
  return {
    wasm,
    facts,
    origins,
    warnings: diagnostics.map(({ isGenerated: _, ...warning }) => warning),
  };
}

/** Reads for asc: null means that there is no such file. The SDK is found here unless the folder brings its own. */
async function readSource(name: string, base: string): Promise<string | null> {
  const path = isAbsolute(name) ? name : join(base, name);
  const text = await readFile(path, "utf8").catch(() => null);
  if (text !== null) return text;
  const at = path.lastIndexOf(SDK_MODULE);
  if (at < 0) return null;
  return readFile(join(SDK_FOLDER, path.slice(at + SDK_MODULE.length)), "utf8").catch(() => null);
}

/** A diagnostic as asc reports it: positions are offsets, and only the program has the text to count lines in. */
interface RawDiagnostic {
  message: string;
  code: number;
  category: number;
  range: { start: number; source: { normalizedPath: string } | null } | null;
}

/** A diagnostic, and whether it is about text that was generated for the place named. */
type Found = Diagnostic & { isGenerated: boolean };

const SEVERITIES = ["info", "info", "warning", "error"] as const;

function toDiagnostic(raw: RawDiagnostic, transform: FilterTransform | undefined): Found {
  const message = raw.message.replace(/^User-defined: /, "");
  const path = raw.range?.source?.normalizedPath ?? "";
  const origin = transform && originOf(transform.program.parser, path);
  const file = origin?.source.normalizedPath ?? path;
  const source = transform?.program.sources.find(({ normalizedPath }) => normalizedPath === file);
  const line = raw.range && source ? source.lineAt((origin ?? raw.range).start) : 0;
  const column = source && line ? source.columnAt() : 0;
  const severity = SEVERITIES[raw.category] ?? "error";
  return { severity, code: raw.code, message, file, line, column, isGenerated: origin !== undefined };
}

function failure(diagnostics: Found[], cause: Error | null): AsmFilterError {
  const all = diagnostics.filter(({ severity }) => severity === "error");
  // A mistake of the author's often fails in the library and in what was generated as well, which is no news.
  const mapped = all.filter(({ file }) => !file.startsWith("~lib/"));
  const own = mapped.filter(({ isGenerated }) => !isGenerated);
  const found = [own, mapped, all].find((some) => some.length > 0) ?? [];
  const errors = found.map(({ isGenerated: _, ...diagnostic }) => diagnostic);
  const count = `${errors.length} ${errors.length === 1 ? "error" : "errors"}`;
  const lines = errors.length > 0 ? errors.map(formatDiagnostic) : [cause?.message ?? "asc wrote no module"];
  return new AsmFilterError("ASMF_COMPILE", `the filter does not compile, ${count}\n${lines.join("\n")}`, {
    hint: "Correct the lines named above. The language looks like TypeScript but is stricter: fields are not narrowed, and closures and unions do not exist.",
    diagnostics: errors,
    cause,
  });
}
