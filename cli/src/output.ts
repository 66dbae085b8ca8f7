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

// C0 and C1 drive a terminal, the marks for bidirectional text reorder what it shows, and the separators break a line.
const controls = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * Text from elsewhere (an artifact, a registry's answer, a resource) in one line and without what drives a terminal:
 * it can neither restyle, hide nor forge what we say.
 */
export function visible(text: string): string {
  return text.replaceAll(/[\r\n\t\u2028\u2029]+/g, " ").replaceAll(controls, "");
}

/** As {@link visible}, for text whose lines and indentation are ours. */
export function visibleLines(text: string): string {
  return text.replaceAll(controls, (control) => (control === "\n" || control === "\t" ? control : ""));
}

/** Writes data to stdout, one line or more. */
export function print(context: Context, text: string): void {
  context.stdout.write(`${visibleLines(text)}\n`);
}

/** Writes one line for people to stderr. */
export function say(context: Context, text: string): void {
  context.stderr.write(`${visibleLines(text)}\n`);
}

/** Writes a warning to stderr. */
export function warn(context: Context, text: string): void {
  marked(context, painter(context.stderr, context.env)(["yellow", "bold"], "warning:"), text);
}

/** Writes what was done to stderr, with the mark that people look for. */
export function done(context: Context, text: string): void {
  marked(context, painter(context.stderr, context.env)("green", "✓"), text);
}

/** The mark is painted, so it keeps its escapes. */
function marked(context: Context, mark: string, text: string): void {
  context.stderr.write(`${mark} ${visibleLines(text)}\n`);
}

/** Shows `text` on a terminal while `work` runs, and takes it away again; off a terminal it shows nothing. */
export async function progress<T>(context: Context, text: string, work: () => Promise<T>): Promise<T> {
  if (context.stderr.isTTY !== true || context.env.TERM === "dumb") return work();
  context.stderr.write(`${painter(context.stderr, context.env)("dim", `${visible(text)} …`)}`);
  try {
    return await work();
  } finally {
    context.stderr.write("\r\u001b[2K");
  }
}

/** Prints `value` as JSON, indented so that people can read it too. */
export function printJSON(context: Context, value: unknown): void {
  print(context, escaped(JSON.stringify(value, undefined, 2)));
}

/** Characters that a terminal would obey, and that stand in quoted strings only, by their numbers: for JSON, and for YAML with all strings quoted. */
export function escaped(text: string): string {
  return text.replaceAll(controls, (control) =>
    control === "\n" ? control : `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A name and its value; a list has a line for each of its values. */
export type Fact = readonly [name: string, value: string | readonly string[] | undefined];

/** Prints rows of a name and a value, the values in one column; rows without a value are left out. */
export function printFacts(context: Context, facts: readonly Fact[]): void {
  const paint = painter(context.stdout, context.env);
  const shown = facts.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [{ name, value }]));
  const width = Math.max(...shown.map(({ name }) => name.length)) + 2;
  for (const { name, value } of shown) {
    const [first = "", ...rest] = [value].flat().map(visible);
    context.stdout.write(`${paint("bold", name.padEnd(width))}${first}\n`);
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
