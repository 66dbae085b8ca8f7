import { CommanderError } from "commander";
import type { Context } from "./context.ts";
import { AsmFilterError } from "./errors.ts";
import { painter, visible, visibleLines } from "./output.ts";

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
  const { first, details } = parts(failure);
  const lines = [
    `${paint(["red", "bold"], "error:")} ${first} ${paint("dim", `[${failure.code}]`)}`,
    ...details,
    `  ${paint("cyan", "→")} ${visible(inFlags(failure.hint))}`,
  ];
  if (context.env.ASMFILTER_DEBUG) lines.push(paint("dim", visibleLines(trace(error))));
  context.stderr.write(`${lines.join("\n")}\n`);
  return failure.code === "ASMF_USAGE" ? 2 : 1;
}

/**
 * The message's first line, and its others. Only the compiler's begin where ours do, as editors look there for file:line:column;
 * in the others may be words of a registry or of a resource, which must not look like ours.
 */
function parts({ code, message }: Failure): { first: string; details: string[] } {
  const [first = "", ...rest] = message.trimEnd().split("\n");
  const gutter = code === "ASMF_COMPILE" ? "" : "  | ";
  return { first: visible(first), details: rest.map((line) => `${gutter}${visibleLines(line)}`.trimEnd()) };
}

/** Hints of the packages name options of their functions; whoever sits at the command line has its flags. */
const flagsOf: readonly [RegExp, string][] = [
  [/allow it with --plain-http \(`plainHTTP: true`\)/g, "allow it with --plain-http"],
  [/`?plainHTTP: true`?/g, "--plain-http"],
  [
    /for a registry on this machine set `?plainHTTP: false`?/g,
    "name a registry on this machine otherwise than localhost or 127.0.0.1, to which HTTP is spoken",
  ],
  [
    /set `?plainHTTP: false`?/g,
    "leave --plain-http away; localhost and 127.0.0.1 are always asked by HTTP, so use another name for it",
  ],
  [/with the option `?ca`?/g, "by --ca-file"],
  [/the option `?ca`?/g, "--ca-file"],
];

function inFlags(hint: string): string {
  return flagsOf.reduce((text, [option, flag]) => text.replaceAll(option, flag), hint);
}

function toFailure(error: unknown): Failure {
  if (isFailure(error)) return error;
  if (isSystemError(error)) return fromSystem(error);
  const message = error instanceof Error ? error.message : String(error);
  return new AsmFilterError("ASMF_INTERNAL", `asmfilter failed in a way it does not know: ${message}`, {
    hint: "This is a fault of asmfilter. Run the command again with ASMFILTER_DEBUG=1 and report what it prints.",
  });
}

export function isFailure(error: unknown): error is Error & Failure {
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
  if (verb === "test" && error.code === "commander.unknownOption") {
    return new AsmFilterError("ASMF_USAGE", first.replace(/^error: /, ""), {
      hint: 'Arguments for vitest come after "--", as in: asmfilter test hello -- -t NAME',
      cause: error,
    });
  }
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
