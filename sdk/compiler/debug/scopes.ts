import { ClassDeclaration, FunctionDeclaration, NamespaceDeclaration, Node, type Source } from "assemblyscript";
import { isLibrary } from "./map.ts";

/** `static` and `get`, `set`, as the compiler numbers the flags of declarations (CommonFlags). */
const STATIC = 32;

/** A function that was written in a file. */
interface Scope {
  start: number;
  end: number;
  name: string;
}

/** The functions of a file, by the place of what is in them. */
export class Scopes {
  readonly #scopes: Scope[] = [];
  readonly #lines: number[] = [0];

  constructor(source: Source) {
    const { text, normalizedPath } = source;
    if (isLibrary(normalizedPath)) collectOuter(source.statements, "", this.#scopes);
    else collect(source, "", this.#scopes);
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#lines.push(at + 1);
  }

  /** The name of the innermost function at a place, as the compiler would say it; both numbers from 0. */
  nameAt(line: number, column: number): string | undefined {
    const at = (this.#lines[line] ?? 0) + column;
    // Inner functions follow the ones that they are in.
    return this.#scopes.findLast(({ start, end }) => at >= start && at < end)?.name;
  }
}

/** A function of a library is one for the author, whatever it has in it: to go through them all takes a tenth of a build. */
function collectOuter(nodes: readonly Node[], prefix: string, scopes: Scope[]): void {
  for (const node of nodes) {
    if (node instanceof FunctionDeclaration) addScope(node, prefix, scopes);
    else if (node instanceof ClassDeclaration) collectOuter(node.members, `${prefix}${node.name.text}#`, scopes);
    else if (node instanceof NamespaceDeclaration) collectOuter(node.members, `${prefix}${node.name.text}.`, scopes);
  }
}

function addScope(node: FunctionDeclaration, prefix: string, scopes: Scope[]): void {
  const { start, end } = node.range;
  scopes.push({ start, end, name: nameOf(node, prefix) });
}

/** A function without a name belongs to the one that it stands in. */
function collect(node: Node, prefix: string, scopes: Scope[]): void {
  let below = prefix;
  if (node instanceof FunctionDeclaration && node.name.text !== "") {
    addScope(node, prefix, scopes);
  } else if (node instanceof ClassDeclaration) {
    below = `${prefix}${node.name.text}#`;
  } else if (node instanceof NamespaceDeclaration) {
    below = `${prefix}${node.name.text}.`;
  }
  for (const value of Object.values(node as unknown as Record<string, unknown>)) {
    for (const each of Array.isArray(value) ? value : [value]) if (each instanceof Node) collect(each, below, scopes);
  }
}

/** Members of instances are joined by `#`, static ones by a dot. */
function nameOf({ flags, name }: FunctionDeclaration, prefix: string): string {
  return `${(flags & STATIC) === 0 ? prefix : prefix.replace(/#$/, ".")}${name.text}`;
}
