import {
  CallExpression,
  FieldDeclaration,
  FunctionDeclaration,
  IdentifierExpression,
  ImportStatement,
  Node,
  type Parser,
  type Source,
  StringLiteralExpression,
} from "assemblyscript";
import { reportError } from "./diagnostics.ts";
import { userSources } from "./source.ts";

/** `static`, as the compiler numbers the flags of declarations (CommonFlags). */
const STATIC = 32;

/**
 * The names that the author's files give to `upstream("name")`, sorted; mistakes are reported.
 * @param listed what `filter.yaml` lists; undefined where none was read, and any name may be called
 */
export function findUpstreams(parser: Parser, listed: readonly string[] | undefined): string[] {
  const names = new Set<string>();
  for (const source of userSources(parser)) {
    const isUpstream = calleeOf(source);
    walk(source, false, (node, isDeferred) => {
      if (!(node instanceof CallExpression) || !isUpstream(node.expression)) return;
      const name = nameOf(parser, node);
      if (name === undefined) return;
      names.add(name);
      if (!isDeferred) {
        const why = "this runs before the proxy answers anything; call it in a callback, or in a field of the filter";
        reportError(parser, node.range, `upstream("${name}") cannot be asked for at the top level: ${why}`);
      }
      if (listed === undefined || listed.includes(name)) return;
      const known = listed.length === 0 ? "filter.yaml lists none" : `filter.yaml lists ${listed.join(", ")}`;
      reportError(
        parser,
        node.args[0]?.range ?? node.range,
        `"${name}" is not one of the filter's upstreams: ${known}`,
      );
    });
  }
  return [...names].sort();
}

function nameOf(parser: Parser, { args, range }: CallExpression): string | undefined {
  const [name, ...more] = args;
  if (name instanceof StringLiteralExpression && more.length === 0) return name.value;
  reportError(
    parser,
    range,
    "upstream takes one string literal: which services a filter calls is known when it is built",
  );
  return undefined;
}

/**
 * Tells whether an expression is the SDK's `upstream` in a file, whatever name it was imported by. (As a member of the
 * whole SDK, `import * as sdk`, the compiler does not find what `export *` passes on.)
 */
function calleeOf(source: Source): (expression: Node) => boolean {
  const names = new Set<string>();
  for (const statement of source.statements) {
    if (!(statement instanceof ImportStatement) || statement.path.value !== "@asmfilter/sdk") continue;
    for (const { name, foreignName } of statement.declarations ?? []) {
      if (foreignName.text === "upstream") names.add(name.text);
    }
  }
  return (expression) => expression instanceof IdentifierExpression && names.has(expression.text);
}

/** Visits a node and all below it; `isDeferred` is what stands in a function or a field of an instance. */
function walk(node: Node, isDeferred: boolean, visit: (node: Node, isDeferred: boolean) => void): void {
  visit(node, isDeferred);
  const isField = node instanceof FieldDeclaration && (node.flags & STATIC) === 0;
  const below = isDeferred || isField || node instanceof FunctionDeclaration;
  for (const value of Object.values(node as unknown as Record<string, unknown>)) {
    for (const each of Array.isArray(value) ? value : [value]) if (each instanceof Node) walk(each, below, visit);
  }
}
