import {
  CallExpression,
  IdentifierExpression,
  Node,
  type Parser,
  type Source,
  StringLiteralExpression,
} from "assemblyscript";
import { append, rewrite } from "./source.ts";

/**
 * Turns each call `utf8("text")` below `nodes`, which stand in `source`, into the address of two bytes of length and the text, in static memory.
 * A string would take twice the bytes, twenty more for its head, and an encoding at each use.
 */
export function placeLiterals(parser: Parser, source: Source, nodes: Node[]): void {
  const places = new Map<string, string>();
  for (const each of nodes) {
    rewrite(each, (node) => {
      const text = literalOf(node);
      if (text === undefined) return node;
      const place = places.get(text) ?? `asmf$literal${places.size}`;
      places.set(text, place);
      return Node.createIdentifierExpression(place, node.range);
    });
  }
  for (const [text, place] of places) {
    // Lazy: a literal that nothing reaches takes no bytes.
    append(parser, source, `@lazy const ${place}: usize = ${literal(text)};`);
  }
}

/** The expression for the address of a text as `utf8("text")` has it. */
export function literal(text: string): string {
  const bytes = Buffer.from(text, "utf8");
  return `memory.data<u8>([${[bytes.length & 0xff, bytes.length >> 8, ...bytes].join(",")}])`;
}

function literalOf(node: Node): string | undefined {
  if (!(node instanceof CallExpression) || !(node.expression instanceof IdentifierExpression)) return undefined;
  const [argument] = node.args;
  return node.expression.text === "utf8" && argument instanceof StringLiteralExpression ? argument.value : undefined;
}
