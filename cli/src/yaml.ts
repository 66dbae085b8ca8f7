import { stringify } from "yaml";
import type { Context } from "./context.ts";
import { escaped, print, visibleLines } from "./output.ts";

/** Prints values as YAML, a document each. */
export function printYAML(context: Context, values: readonly unknown[]): void {
  print(context, values.map(document).join("\n---\n"));
}

function document(value: unknown): string {
  const text = stringify(value, { lineWidth: 0 }).trimEnd();
  if (visibleLines(text) === text) return text;
  // What would drive the terminal can be written by its number in double quotes only.
  const quoted = { lineWidth: 0, defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "QUOTE_DOUBLE" } as const;
  return escaped(stringify(value, quoted).trimEnd());
}
