import { CommanderError } from "commander";
import type { Context } from "./context.ts";
import { AsmFilterError } from "./errors.ts";
import { painter, say } from "./output.ts";

/** What every package's failures have in common. The packages do not share a class, so it is known by its shape. */
interface Failure {
  code: string;
  message: string;
  hint: string;
}

/**
 * Prints why the command failed, in the form `error: what and why [CODE]`, `→ what to do`, and returns its exit code.
 *
 * @param verb the verb that ran, if it got so far; the hint for wrong usage names it.
 */
export function report(error: unknown, context: Context, verb?: string): number {
  const failure = error instanceof CommanderError ? fromCommander(error, verb) : toFailure(error);
  const paint = painter(context.stderr, context.env);
  const [first, ...details] = failure.message.split("\n");
  say(context, `${paint(["red", "bold"], "error:")} ${first} ${paint("dim", `[${failure.code}]`)}`);
  for (const line of details) say(context, line);
  say(context, `  ${paint("cyan", "→")} ${failure.hint}`);
  if (context.env.ASMFILTER_DEBUG) say(context, paint("dim", trace(error)));
  return failure.code === "ASMF_USAGE" ? 2 : 1;
}

function toFailure(error: unknown): Failure {
  if (isFailure(error)) return error;
  if (isSystemError(error)) return fromSystem(error);
  const message = error instanceof Error ? error.message : String(error);
  return new AsmFilterError("ASMF_INTERNAL", `asmfilter failed in a way it does not know: ${message}`, {
    hint: "This is a fault of asmfilter. Run the command again with ASMFILTER_DEBUG=1 and report what it prints.",
  });
}

function isFailure(error: unknown): error is Failure {
  if (!(error instanceof Error) || !("code" in error) || !("hint" in error)) return false;
  return typeof error.code === "string" && error.code.startsWith("ASMF_") && typeof error.hint === "string";
}

function fromCommander(error: CommanderError, verb: string | undefined): Failure {
  if (error.code === "commander.help") {
    return new AsmFilterError("ASMF_USAGE", "a verb is missing, or it is not one of these", {
      hint: "Start with one that is listed above.",
    });
  }
  // The message is `error: unknown option '--fo'`, with the suggestion in parentheses on a second line.
  const [first = "", suggestion] = error.message.split("\n");
  const didYouMean = suggestion === undefined ? "" : `${suggestion.replace(/^\(|\)$/g, "")} `;
  return new AsmFilterError("ASMF_USAGE", first.replace(/^error: /, ""), {
    hint: `${didYouMean}"asmfilter ${verb === undefined ? "" : `${verb} `}--help" says what there is.`,
    cause: error,
  });
}

interface SystemError extends Error {
  code: string;
  syscall: string;
  path?: string;
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && "code" in error && "syscall" in error && typeof error.syscall === "string";
}

const systemVerbs: Record<string, string> = { mkdir: "make the folder", rename: "write", scandir: "read" };

const systemReasons: Record<string, string> = {
  EACCES: "permission denied",
  EEXIST: "a file of that name is in the way",
  EISDIR: "it is a folder",
  ENOENT: "no such file or folder",
  ENOSPC: "no space left on the device",
  ENOTDIR: "part of the path is not a folder",
  EPERM: "operation not permitted",
  EROFS: "the file system is read-only",
};

function fromSystem(error: SystemError): Failure {
  const what = `cannot ${systemVerbs[error.syscall] ?? error.syscall} ${error.path ?? ""}`.trimEnd();
  return new AsmFilterError("ASMF_FILE", `${what}: ${systemReasons[error.code] ?? error.message}`, {
    hint: "Check the path and its permissions, then run the command again.",
    cause: error,
  });
}

/** The stack of the error and of everything that caused it. */
function trace(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by ${trace(error.cause)}`;
}
