import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { AsmFilterError, type BuildResult, build, type Diagnostic } from "@asmfilter/sdk/compiler";
import type { Context } from "./context.ts";
import { progress, warn } from "./output.ts";

/**
 * Compiles the filter in `folder`, and prints the compiler's warnings. Files of the source are named as seen from where the command runs.
 * @param outDir where the build is written; `build/` in the folder when left out.
 * @throws what `build` of @asmfilter/sdk/compiler throws; a compile error shows the lines that it is about.
 */
export async function buildFolder(folder: string, context: Context, outDir?: string): Promise<BuildResult> {
  try {
    const built = await progress(context, "building", () =>
      build(outDir === undefined ? { folder } : { folder, outDir }),
    );
    for (const warning of built.warnings) warn(context, await excerpt(warning, folder, context.cwd));
    return built;
  } catch (error) {
    if (!(error instanceof AsmFilterError) || error.diagnostics.length === 0) throw error;
    throw await withSource(error, folder, context.cwd);
  }
}

/** The sha256 of some bytes, in hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function withSource(error: AsmFilterError, folder: string, cwd: string): Promise<AsmFilterError> {
  const { code, hint, diagnostics } = error;
  const [first] = error.message.split("\n");
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const excerpts = await Promise.all(errors.map((diagnostic) => excerpt(diagnostic, folder, cwd)));
  return new AsmFilterError(code, [first, ...excerpts].join("\n"), { hint, diagnostics, cause: error });
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
