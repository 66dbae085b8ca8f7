import {
  CallExpression,
  FieldDeclaration,
  FunctionDeclaration,
  Function as FunctionElement,
  FunctionExpression,
  IdentifierExpression,
  NewExpression,
  Node,
  type Program,
  PropertyAccessExpression,
  type Range,
  type Source,
} from "assemblyscript";
import type binaryen from "assemblyscript/binaryen";

/** Which functions and globals each function names, by what the compiler calls them. */
export type Calls = Map<string, Set<string>>;

/** Reads the calls out of a module that is not optimised yet, so that every function is still there under its name. */
export function callsOf(module: binaryen.Module): Calls {
  const calls: Calls = new Map();
  let named = new Set<string>();
  for (const [, caller, callee] of module
    .emitText()
    .matchAll(/^ \(func \$("[^"\n]*"|[^\s)]+)|\((?:call|return_call|global\.get) \$("[^"\n]*"|[^\s)]+)/gm)) {
    if (caller === undefined) {
      named.add(unquoted(callee!));
    } else {
      named = new Set();
      calls.set(unquoted(caller), named);
    }
  }
  return calls;
}

const unquoted = (name: string) => name.replace(/^"|"$/g, "");
const isAuthors = (name: string) => !name.replace(START, "").startsWith("~") && !name.includes("@");
/** Before the name of a file: what of it runs when the module starts. */
const START = /^start:/;

/** Whether a function is what runs at the start of one of the author's files. */
export function isAuthorsStart(name: string): boolean {
  return START.test(name) && isAuthors(name);
}

/** The author's place from which the shortest way leads to `target`; null if none does. */
export function placeThatLeadsTo(program: Program, calls: Calls, target: string): Range | null {
  const seen = new Set([target]);
  for (const callee of seen) {
    for (const [caller, callees] of calls) {
      if (!callees.has(callee) || seen.has(caller)) continue;
      if (isAuthors(caller)) return placeOf(program, caller, callee);
      seen.add(caller);
    }
  }
  return null;
}

/** What runs when the module starts, for each file of the author's, and the first of `targets` that it comes to. */
export function reachedAtStart(program: Program, calls: Calls, targets: ReadonlySet<string>): [Range | null, string][] {
  return [...calls.keys()].flatMap((file) => {
    if (!isAuthorsStart(file)) return [];
    return [...calls.get(file)!].flatMap((first): [Range | null, string][] => {
      const seen = new Set(START.test(first) ? [] : [first]);
      for (const name of seen) {
        if (targets.has(name)) return [[placeOf(program, file, first), name]];
        // Which of several overrides would be called is not known.
        for (const next of calls.get(name) ?? []) if (!next.includes("@override") && !START.test(next)) seen.add(next);
      }
      return [];
    });
  });
}

/** Where in the author's function, or at the top level of the file, `callee` is called. */
function placeOf(program: Program, caller: string, callee: string): Range | null {
  if (START.test(caller)) {
    const path = caller.replace(START, "");
    const source: Source | undefined = program.sources.find(({ internalPath }) => internalPath === path);
    return source ? (callIn(source, callee, true) ?? source.range) : null;
  }
  const element = program.instancesByName.get(caller);
  const declaration = element instanceof FunctionElement ? element.declaration : undefined;
  return declaration ? (callIn(declaration, callee, false) ?? declaration.range) : null;
}

/** The expression below `node` that calls the function. @param isStart leaves out what does not run at the start */
function callIn(node: Node, callee: string, isStart: boolean): Range | null {
  const [path = "", member = ""] = callee.replace(/<.*>/, "").split("#");
  const name = (member === "constructor" || member === "" ? path : member).split(/[/.:]/).at(-1)!;
  const search = (at: Node, outer: Range): Range | null => {
    if (isStart && (at instanceof FunctionDeclaration || at instanceof FunctionExpression)) return null;
    if (isStart && at instanceof FieldDeclaration && !(at.flags & STATIC)) return null;
    // What was generated for an author's statement is told as that.
    const range = at.range.source.normalizedPath.startsWith("~") ? outer : at.range;
    for (const value of Object.values(at)) {
      for (const each of Array.isArray(value) ? value : [value]) {
        const found = each instanceof Node ? search(each, range) : null;
        if (found) return found;
      }
    }
    return namedBy(at) === name ? range : null;
  };
  return search(node, node.range);
}

/** `static`, as the compiler numbers the flags of declarations (CommonFlags). */
const STATIC = 1 << 5;

function namedBy(node: Node): string | undefined {
  if (node instanceof NewExpression) return node.typeName.identifier.text;
  if (node instanceof PropertyAccessExpression) return node.property.text;
  if (node instanceof CallExpression && node.expression instanceof IdentifierExpression) return node.expression.text;
  return undefined;
}
