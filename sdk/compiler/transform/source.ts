import { Node, type Parser, type Range, type Source, type Statement } from "assemblyscript";

/** The SDK's guest half, as the compiler names its files. */
export const SDK = "~lib/@asmfilter/sdk";

/** The folder of what the proxy calls: whatever its files export, the module does. */
export const CALLBACKS = `${SDK}/assembly/runtime/callbacks/`;

/** For which declaration of the author's a generated file was written, by the file's path. */
const origins = new WeakMap<Parser, Map<string, Range>>();

/** How many files were generated. */
const counts = new WeakMap<Parser, number>();

/** The parsed file of a path without its extension; undefined if nothing imports it. */
export function findSource(parser: Parser, internalPath: string): Source | undefined {
  return parser.sources.find((source) => source.internalPath === internalPath);
}

/** Files of the author, not of the SDK or the language. */
export function userSources(parser: Parser): Source[] {
  return parser.sources.filter((source) => !source.normalizedPath.startsWith("~lib/"));
}

/**
 * Parses statements as if they stood in `source`: their imports are resolved from there.
 * The parser keeps each file once, so they are parsed as a file of their own beside it, which is taken out again.
 * @param origin what the author wrote that made them necessary: mistakes in them are told there
 */
export function parseInto(parser: Parser, source: Source, text: string, origin?: Range): Statement[] {
  // The parser's own log of files is emptied once the program is initialised.
  const number = (counts.get(parser) ?? 0) + 1;
  counts.set(parser, number);
  const path = `${source.internalPath}.${number}.generated.ts`;
  const before = parser.sources.length;
  parser.parseFile(text, path, false);
  const [parsed] = parser.sources.splice(before, 1);
  if (!parsed) return [];
  // The compiler looks a node's file up by this name.
  parsed.internalPath = source.internalPath;
  // What the compiler says about generated text is said about this file, which no author has.
  parsed.normalizedPath = `${GENERATED}${number}.ts`;
  if (origin) origins.set(parser, (origins.get(parser) ?? new Map()).set(parsed.normalizedPath, origin));
  return parsed.statements;
}

const GENERATED = `${SDK}/generated/`;

/** Where the author wrote what a file was generated for. */
export function originOf(parser: Parser, normalizedPath: string): Range | undefined {
  return origins.get(parser)?.get(normalizedPath);
}

/** Appends statements to a file. */
export function append(parser: Parser, source: Source, text: string, origin?: Range): void {
  source.statements.push(...parseInto(parser, source, text, origin));
}

/** Visits all nodes below `node`, and puts what `visit` returns in the place of what it was given. */
export function rewrite(node: Node, visit: (node: Node) => Node): void {
  const record = node as unknown as Record<string, unknown>;
  for (const key of Object.keys(record)) {
    const value = record[key];
    if (value instanceof Node) {
      record[key] = rewritten(value, visit);
    } else if (Array.isArray(value)) {
      value.forEach((item, index) => {
        if (item instanceof Node) value[index] = rewritten(item, visit);
      });
    }
  }
}

function rewritten(node: Node, visit: (node: Node) => Node): Node {
  rewrite(node, visit);
  return visit(node);
}

/** The author's text between two positions. */
export function textOf(range: Range): string {
  return range.source.text.substring(range.start, range.end);
}

/** From the folder of one file to the other; both are named from the folder that asc runs in. */
export function pathTo(source: Source, from: Source): string {
  return "../".repeat(from.internalPath.split("/").length - 1) + source.internalPath;
}
