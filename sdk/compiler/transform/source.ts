import { Node, type Parser, type Range, type Source, type Statement } from "assemblyscript";

/** The SDK's guest half, as the compiler names its files. */
export const SDK = "~lib/@asmfilter/sdk";

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
 */
export function parseInto(parser: Parser, source: Source, text: string): Statement[] {
  const path = `${source.internalPath}.${parser.sources.length}.${parser.donelog.size}.ts`;
  const before = parser.sources.length;
  parser.parseFile(text, path, false);
  const [parsed] = parser.sources.splice(before, 1);
  if (!parsed) return [];
  // The compiler looks a node's file up by this name.
  parsed.internalPath = source.internalPath;
  return parsed.statements;
}

/** Appends statements to a file. */
export function append(parser: Parser, source: Source, text: string): void {
  source.statements.push(...parseInto(parser, source, text));
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
