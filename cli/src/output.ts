import { styleText } from "node:util";
import type { Context, OutputStream } from "./context.ts";

/** How data is printed: for people, or for programs. */
export type Format = "text" | "json";

type Style = Parameters<typeof styleText>[0];

/** Whether `stream` gets colours: a terminal does, `NO_COLOR` (no-color.org) and `TERM=dumb` forbid, `FORCE_COLOR` demands. */
export function hasColors(stream: OutputStream, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "false";
  return stream.isTTY === true && env.TERM !== "dumb";
}

/** A function that styles text for `stream`, or leaves it as it is where colours are not wanted. */
export function painter(stream: OutputStream, env: NodeJS.ProcessEnv): (style: Style, text: string) => string {
  if (!hasColors(stream, env)) return (_style, text) => text;
  return (style, text) => styleText(style, text, { validateStream: false });
}

/** Writes one line of data to stdout. */
export function print(context: Context, text: string): void {
  context.stdout.write(`${text}\n`);
}

/** Writes one line for people to stderr. */
export function say(context: Context, text: string): void {
  context.stderr.write(`${text}\n`);
}

/** Writes a warning to stderr. */
export function warn(context: Context, text: string): void {
  say(context, `${painter(context.stderr, context.env)(["yellow", "bold"], "warning:")} ${text}`);
}

/** Writes what was done to stderr, with the mark that people look for. */
export function done(context: Context, text: string): void {
  say(context, `${painter(context.stderr, context.env)("green", "✓")} ${text}`);
}

/** Shows `text` on a terminal while `work` runs, and takes it away again; off a terminal it shows nothing. */
export async function progress<T>(context: Context, text: string, work: () => Promise<T>): Promise<T> {
  if (context.stderr.isTTY !== true || context.env.TERM === "dumb") return work();
  context.stderr.write(`${painter(context.stderr, context.env)("dim", `${text} …`)}`);
  try {
    return await work();
  } finally {
    context.stderr.write("\r\u001b[2K");
  }
}

/** Prints `value` as JSON, indented so that people can read it too. */
export function printJSON(context: Context, value: unknown): void {
  print(context, JSON.stringify(value, undefined, 2));
}

/** Prints rows of a name and a value, the values in one column; rows without a value are left out. */
export function printFacts(context: Context, facts: readonly (readonly [string, string | undefined])[]): void {
  const paint = painter(context.stdout, context.env);
  const shown = facts.filter((fact): fact is [string, string] => fact[1] !== undefined && fact[1] !== "");
  const width = Math.max(...shown.map(([name]) => name.length)) + 2;
  for (const [name, value] of shown) {
    const [first = "", ...rest] = value.split("\n");
    print(context, `${paint("bold", name.padEnd(width))}${first}`);
    for (const line of rest) print(context, " ".repeat(width) + line);
  }
}

/** A size in bytes for people: exact, with the larger unit where it helps. */
export function formatSize(bytes: number): string {
  const exact = `${bytes.toLocaleString("en-US")} B`;
  if (bytes < 10_000) return exact;
  return bytes < 1024 * 1024
    ? `${(bytes / 1024).toFixed(1)} KiB (${exact})`
    : `${(bytes / 1024 / 1024).toFixed(1)} MiB (${exact})`;
}
