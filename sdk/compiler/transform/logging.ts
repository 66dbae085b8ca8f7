import {
  CallExpression,
  DeclarationStatement,
  ExpressionStatement,
  FunctionDeclaration,
  IdentifierExpression,
  IfStatement,
  ImportDeclaration,
  ImportStatement,
  Node,
  ParameterNode,
  type Parser,
  PropertyAccessExpression,
  type Source,
} from "assemblyscript";
import { append, parseInto, rewrite } from "./source.ts";

const LEVELS = ["trace", "debug", "info", "warn", "error", "critical"];
/** The SDK's `log` under a name that no author gives to something else. */
const LOG = "asmf$log";

/**
 * Puts `if (log.enabled(…))` before each statement `log.debug(…)` and its like, so that a text below the proxy's
 * level is never built. Only in files that import `log` from the SDK, and give its name to nothing else.
 */
export function guardLogging(parser: Parser, source: Source): void {
  const name = importedLog(source);
  if (name === undefined || isRedeclared(source, name)) return;
  const guard = (node: Node): Node => {
    // The body of `(text) => log.info(text)` has to be a block before it can hold a statement.
    if (node instanceof FunctionDeclaration && node.arrowKind && node.body instanceof IfStatement) {
      node.body = Node.createBlockStatement([node.body], node.body.range);
    }
    const level = node instanceof ExpressionStatement ? levelOf(node.expression, name) : -1;
    return level < 0 ? node : guarded(parser, source, node as ExpressionStatement, level);
  };
  source.statements.forEach((statement, index) => {
    rewrite(statement, guard);
    source.statements[index] = guard(statement) as typeof statement;
  });
  append(parser, source, `import { log as ${LOG} } from "@asmfilter/sdk";`);
}

function importedLog(source: Source): string | undefined {
  for (const statement of source.statements) {
    if (!(statement instanceof ImportStatement) || statement.path.value !== "@asmfilter/sdk") continue;
    const imported = statement.declarations?.find((declaration) => declaration.foreignName.text === "log");
    if (imported) return imported.name.text;
  }
  return undefined;
}

function isRedeclared(source: Source, name: string): boolean {
  let found = false;
  const look = (node: Node): Node => {
    const declares =
      node instanceof ParameterNode || (node instanceof DeclarationStatement && !(node instanceof ImportDeclaration));
    // A member is reached by `this` or its class, never by its bare name, but to say so is not worth a scope.
    found ||= declares && node.name.text === name;
    return node;
  };
  rewrite(source, look);
  return found;
}

/** The level of `log.level(text)`, or -1. */
function levelOf(expression: Node, name: string): number {
  if (!(expression instanceof CallExpression)) return -1;
  const callee = expression.expression;
  if (!(callee instanceof PropertyAccessExpression) || !(callee.expression instanceof IdentifierExpression)) return -1;
  return callee.expression.text === name ? LEVELS.indexOf(callee.property.text) : -1;
}

function guarded(parser: Parser, source: Source, statement: ExpressionStatement, level: number): Node {
  const [branch] = parseInto(parser, source, `if (${LOG}.enabled(${level})) {}`) as [IfStatement];
  branch.ifTrue = statement;
  branch.range = statement.range;
  return branch;
}
