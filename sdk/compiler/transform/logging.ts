import {
  CallExpression,
  ExpressionStatement,
  IdentifierExpression,
  type IfStatement,
  ImportStatement,
  type Node,
  type Parser,
  PropertyAccessExpression,
  type Source,
} from "assemblyscript";
import { parseInto, rewrite } from "./source.ts";

const LEVELS = ["trace", "debug", "info", "warn", "error", "critical"];

/**
 * Puts `if (log.enabled(…))` before each statement `log.debug(…)` and its like, so that a text below the proxy's
 * level is never built. Only in files that import `log` from the SDK.
 */
export function guardLogging(parser: Parser, source: Source): void {
  const name = importedLog(source);
  if (name === undefined) return;
  const guard = (node: Node): Node => {
    const level = node instanceof ExpressionStatement ? levelOf(node.expression, name) : -1;
    return level < 0 ? node : guarded(parser, source, node as ExpressionStatement, name, level);
  };
  source.statements.forEach((statement, index) => {
    rewrite(statement, guard);
    source.statements[index] = guard(statement) as typeof statement;
  });
}

function importedLog(source: Source): string | undefined {
  for (const statement of source.statements) {
    if (!(statement instanceof ImportStatement) || statement.path.value !== "@asmfilter/sdk") continue;
    const imported = statement.declarations?.find((declaration) => declaration.foreignName.text === "log");
    if (imported) return imported.name.text;
  }
  return undefined;
}

/** The level of `log.level(text)`, or -1. */
function levelOf(expression: Node, name: string): number {
  if (!(expression instanceof CallExpression)) return -1;
  const callee = expression.expression;
  if (!(callee instanceof PropertyAccessExpression) || !(callee.expression instanceof IdentifierExpression)) return -1;
  return callee.expression.text === name ? LEVELS.indexOf(callee.property.text) : -1;
}

function guarded(parser: Parser, source: Source, statement: ExpressionStatement, name: string, level: number): Node {
  const [branch] = parseInto(parser, source, `if (${name}.enabled(${level})) {}`) as [IfStatement];
  branch.ifTrue = statement;
  return branch;
}
