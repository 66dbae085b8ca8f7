import { BinaryExpression, IdentifierExpression, type Parser, TrueExpression } from "assemblyscript";
import { findSource, rewrite } from "./source.ts";

/**
 * Lets `join` of texts make its result once. Where size counts, the language's own appends to it for each element, so
 * that time and garbage grow with the square of their number: 65,536 texts of 16 characters took 10 s and more.
 */
export function joinAtOnce(parser: Parser): void {
  for (const name of ["array", "staticarray"]) {
    const source = findSource(parser, `~lib/${name}`);
    if (!source) continue;
    rewrite(source, (node) => {
      const asksForSize =
        node instanceof BinaryExpression &&
        node.left instanceof IdentifierExpression &&
        node.left.text === "ASC_SHRINK_LEVEL";
      return asksForSize ? new TrueExpression(node.range) : node;
    });
  }
}
