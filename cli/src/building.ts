import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { type BuildResult, build, AsmFilterError as CompilerError, type Diagnostic } from "@asmfilter/sdk/compiler";
import type { Context } from "./context.ts";
import { AsmFilterError } from "./errors.ts";
import { inFolders } from "./files.ts";
import { progress, warn } from "./output.ts";

/**
 * Compiles the filter in `folder`, and prints the compiler's warnings. Files of the source are named as seen from where the command runs.
 * @param outDir where the build is written; `build/` in the folder when left out.
 * @throws what `build` of @asmfilter/sdk/compiler throws; a compile error shows the lines that it is about.
 */
export async function buildFolder(folder: string, context: Context, outDir?: string): Promise<BuildResult> {
  await refuseOther(folder, context.cwd);
  try {
    const built = await inFolders(outDir === undefined ? [] : [outDir], () =>
      progress(context, "building", () => build(outDir === undefined ? { folder } : { folder, outDir })),
    );
    for (const warning of built.warnings) warn(context, await excerpt(warning, folder, context.cwd));
    return built;
  } catch (error) {
    if (!(error instanceof CompilerError) || error.diagnostics.length === 0) throw error;
    throw await withSource(error, folder, context.cwd);
  }
}

/** What is not there at all is another mistake than a folder without a filter.yaml. */
async function refuseOther(folder: string, cwd: string): Promise<void> {
  const stats = await stat(folder).catch(() => undefined);
  if (stats?.isDirectory() === true) return;
  const shown = relative(cwd, folder);
  if (stats === undefined) {
    throw new AsmFilterError("ASMF_FILE", `there is no folder ${shown}`, {
      hint: `Give a filter's folder, or make one with \`asmfilter init ${shown}\`.`,
    });
  }
  throw new AsmFilterError("ASMF_FILE", `${shown} is a file, not a filter's folder`, {
    hint: `Give the folder that holds filter.yaml${basename(folder) === "filter.yaml" ? `: ${relative(cwd, dirname(folder)) || "."}` : ""}.`,
  });
}

/** The sha256 of some bytes, in hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function withSource(error: CompilerError, folder: string, cwd: string): Promise<CompilerError> {
  const { code, hint, diagnostics } = error;
  const [first] = error.message.split("\n");
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const excerpts = await Promise.all(errors.map((diagnostic) => excerpt(diagnostic, folder, cwd)));
  return new CompilerError(code, [first, ...excerpts].join("\n"), { hint, diagnostics, cause: error });
}

/** The place and the message, the line of the source, and a caret below the column. */
async function excerpt(diagnostic: Diagnostic, folder: string, cwd: string): Promise<string> {
  const { message, code, file, line, column } = diagnostic;
  if (file === "") return `${message} (${code})`;
  const path = join(folder, file);
  const place = `${relative(cwd, path)}:${line}:${column}: ${message} (${code})`;
  const text = (await readFile(path, "utf8").catch(() => "")).split("\n")[line - 1];
  if (text === undefined || text.trim() === "") return place;
  const caret = text.slice(0, column - 1).replaceAll(/[^\t]/g, " ");
  return `${place}\n    ${text.trimEnd()}\n    ${caret}^`;
}
