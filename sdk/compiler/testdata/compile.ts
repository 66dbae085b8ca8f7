import { expect } from "vitest";
import { type Compilation, compile } from "../compile.ts";
import { AsmFilterError } from "../errors.ts";
import { guestFolder } from "./guest.ts";

/** The names of the SDK that tests use, on the first line. */
export const HEAD =
  'import { Action, Body, config, filter, Headers, HttpFilter, log, root, RootContext } from "@asmfilter/sdk";\n';

/** Compiles a filter of one file. */
export async function compileText(text: string): Promise<Compilation> {
  return compile(await guestFolder({ "assembly/index.ts": text }));
}

/** What compiling a filter of one file complains of, as `file:line message`. */
export async function diagnosticsOf(text: string): Promise<string[]> {
  const error = await compileText(text).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AsmFilterError);
  return (error as AsmFilterError).diagnostics.map(({ file, line, message }) => `${file}:${line} ${message}`);
}
