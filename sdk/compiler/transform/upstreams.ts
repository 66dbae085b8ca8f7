import {
  CallExpression,
  type Element,
  ExportStatement,
  FieldDeclaration,
  FunctionDeclaration,
  IdentifierExpression,
  ImportStatement,
  Node,
  ParameterNode,
  type Program,
  PropertyAccessExpression,
  type Source,
  StringLiteralExpression,
  VariableDeclaration,
} from "assemblyscript";
import { reportError } from "./diagnostics.ts";
import { SDK } from "./source.ts";

const UPSTREAM = `${SDK}/assembly/upstreams/upstream`;

/** `static`, as the compiler numbers the flags of declarations (CommonFlags). */
const STATIC = 32;

/**
 * The names that the author's files, and those of packages, give to `upstream("name")`, sorted; mistakes are reported.
 * @param listed what `filter.yaml` lists; undefined where none was read, and any name may be called
 */
export function findUpstreams(program: Program, listed: readonly string[] | undefined): string[] {
  const names = new Set<string>();
  for (const source of program.sources.filter(mayCall)) {
    const uses = new Uses(program, source);
    for (const { call, isDeferred } of uses.calls) {
      const name = nameOf(program, call);
      if (name === undefined) continue;
      names.add(name);
      if (!isDeferred) {
        const why = "this runs before the proxy answers anything; call it in a callback, or in a field of the filter";
        reportError(program, call.range, `upstream("${name}") cannot be asked for at the top level: ${why}`);
      }
      if (listed === undefined || listed.includes(name)) continue;
      const known = listed.length === 0 ? "filter.yaml lists none" : `filter.yaml lists ${listed.join(", ")}`;
      const range = call.args[0]?.range ?? call.range;
      reportError(program, range, `"${name}" is not one of the filter's upstreams: ${known}`);
    }
    for (const { range } of uses.others) {
      reportError(program, range, "upstream is only called: which services a filter calls is known when it is built");
    }
  }
  return [...names].sort();
}

/** The language's own library is long, and calls no service. */
function mayCall({ normalizedPath, text }: Source): boolean {
  if (!normalizedPath.startsWith("~lib/")) return true;
  return !normalizedPath.startsWith(`${SDK}/`) && text.includes("upstream");
}

function nameOf(program: Program, { args, range }: CallExpression): string | undefined {
  const [name, ...more] = args;
  if (name instanceof StringLiteralExpression && more.length === 0) return name.value;
  const message = "upstream takes one string literal: which services a filter calls is known when it is built";
  reportError(program, range, message);
  return undefined;
}

/** Where a file uses the SDK's `upstream`, by whatever name and through whatever files it came there. */
class Uses {
  /** `isDeferred` is what stands in a function or a field of an instance. */
  readonly calls: { call: CallExpression; isDeferred: boolean }[] = [];
  readonly #others: IdentifierExpression[] = [];
  /** Names of variables and parameters, which may hide others. */
  readonly #local = new Set<string>();
  readonly #scope: Element | undefined;

  constructor(program: Program, source: Source) {
    this.#scope = program.filesByName.get(source.internalPath);
    for (const statement of source.statements) this.#walk(statement, false);
  }

  /** Where it is not called but named, to be passed on. */
  get others(): IdentifierExpression[] {
    return this.#others.filter(({ text }) => !this.#local.has(text));
  }

  #isUpstream(expression: Node): boolean {
    let element: Element | null | undefined;
    if (expression instanceof IdentifierExpression) element = this.#scope?.getMember(expression.text);
    if (expression instanceof PropertyAccessExpression && expression.expression instanceof IdentifierExpression) {
      element = this.#scope?.getMember(expression.expression.text)?.getMember(expression.property.text);
    }
    return element?.internalName === UPSTREAM;
  }

  #walk(node: Node, isDeferred: boolean): void {
    if (node instanceof ImportStatement || node instanceof ExportStatement) return;
    if (node instanceof VariableDeclaration || node instanceof ParameterNode) this.#local.add(node.name.text);
    const callee = node instanceof CallExpression && this.#isUpstream(node.expression) ? node.expression : undefined;
    if (callee) this.calls.push({ call: node as CallExpression, isDeferred });
    if (node instanceof IdentifierExpression && this.#isUpstream(node)) this.#others.push(node);
    const isField = node instanceof FieldDeclaration && (node.flags & STATIC) === 0;
    const below = isDeferred || isField || node instanceof FunctionDeclaration;
    for (const [key, value] of Object.entries(node)) {
      // The name of a member is no use of what has the same name outside.
      if (key === "name" || key === "property") continue;
      for (const each of Array.isArray(value) ? value : [value]) {
        if (each instanceof Node && each !== callee) this.#walk(each, below);
      }
    }
  }
}
