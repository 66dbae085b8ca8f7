import {
  ClassDeclaration,
  DeclarationStatement,
  type DecoratorNode,
  ExportDefaultStatement,
  type Expression,
  IdentifierExpression,
  ImportStatement,
  NamespaceDeclaration,
  type Parser,
  PropertyAccessExpression,
  type Source,
  type Statement,
  StringLiteralExpression,
} from "assemblyscript";
import { fieldDecorators } from "./constraints.ts";
import { reportError } from "./diagnostics.ts";
import { userSources } from "./source.ts";

/** A class of the author's with the file that it stands in. */
export interface Declared {
  source: Source;
  declaration: ClassDeclaration;
}

/** A `@config` class, and what the decorators in its file are. */
export interface DeclaredConfig extends Declared {
  meaning: Meaning;
  /** Whether fields that the class does not have are passed over, not refused. */
  isOpen: boolean;
}

/** Tells which decorator of the SDK's an expression is. */
export type Meaning = (expression: Expression) => string | undefined;

/** What the module has for one root id: a filter, a root, or both. */
export interface Plugin {
  rootID: string;
  filter?: Declared;
  root?: Declared;
}

/** What the author's decorators say. */
export interface Declarations {
  plugins: Plugin[];
  configs: DeclaredConfig[];
}

/** Finds the decorated classes in the author's files and reports those that contradict each other. */
export function findDeclarations(parser: Parser): Declarations {
  const plugins = new Map<string, Plugin>();
  const configs: DeclaredConfig[] = [];
  const before = parser.diagnostics.length;
  for (const source of userSources(parser)) {
    const meaning = decoratorsOf(source);
    for (const [declaration, isTopLevel] of declarationsIn(source.statements)) {
      const isOpen = !!declaration.decorators?.some(({ name }) => meaning(name) === OPEN);
      checkConstraints(parser, declaration, meaning);
      for (const [name, node] of ownDecorators(parser, declaration, meaning)) {
        if (!(declaration instanceof ClassDeclaration) || !isTopLevel) {
          reportError(parser, node.range, `@${name} belongs on a class at the top level of a file`);
        } else if (name === "config") configs.push({ source, declaration, meaning, isOpen });
        else register(parser, plugins, name, node, { source, declaration });
      }
    }
  }
  if (plugins.size === 0 && parser.diagnostics.length === before) {
    reportError(parser, null, 'no class carries @filter("root id"), so there is nothing for a proxy to run');
  }
  // Filters come first, as they stand: tools show the ids in this order.
  return { plugins: [...plugins.values()].sort((a, b) => Number(!a.filter) - Number(!b.filter)), configs };
}

function register(
  parser: Parser,
  into: Map<string, Plugin>,
  name: "filter" | "root",
  node: DecoratorNode,
  declared: Declared,
): void {
  const [id, ...more] = node.args ?? [];
  if (!(id instanceof StringLiteralExpression) || more.length > 0 || id.value === "") {
    reportError(parser, node.range, `@${name} takes one string literal, the root id`);
    return;
  }
  const plugin = into.get(id.value) ?? { rootID: id.value };
  if (plugin[name]) reportError(parser, node.range, `there is already a @${name}("${id.value}")`);
  into.set(id.value, { ...plugin, [name]: plugin[name] ?? declared });
}

/** Decorators of fields mean nothing elsewhere: whoever wrote one there believes that something is checked. */
function checkConstraints(parser: Parser, declaration: DeclarationStatement, meaning: Meaning): void {
  const names = (declaration.decorators ?? []).map(({ name }) => meaning(name));
  if (!(declaration instanceof ClassDeclaration) || names.includes("config")) return;
  for (const member of declaration.members) {
    for (const node of fieldDecorators(member, meaning)) {
      reportError(parser, node.range, `@${meaning(node.name)} belongs on a field of a @config class`);
    }
  }
  const open = declaration.decorators?.find(({ name }) => meaning(name) === OPEN);
  if (open) reportError(parser, open.range, `@${OPEN} belongs on a @config class`);
}

/** The decorator of a `@config` class that may be given fields that it does not have. */
const OPEN = "additionalProperties";

type DecoratorName = "filter" | "root" | "config";
const NAMES: readonly string[] = ["filter", "root", "config"] satisfies DecoratorName[];

/** What decorators are in a file, whatever names they were imported by. */
function decoratorsOf(source: Source): Meaning {
  const imported = new Map<string, string>();
  const namespaces = new Set<string>();
  for (const statement of source.statements) {
    if (!(statement instanceof ImportStatement) || statement.path.value !== "@asmfilter/sdk") continue;
    if (statement.namespaceName) namespaces.add(statement.namespaceName.text);
    for (const { name, foreignName } of statement.declarations ?? []) imported.set(name.text, foreignName.text);
  }
  return (expression) => {
    // A name that a file of the author's passes on is not followed, but taken by its look.
    if (expression instanceof IdentifierExpression) return imported.get(expression.text) ?? expression.text;
    if (!(expression instanceof PropertyAccessExpression)) return undefined;
    const of = expression.expression;
    return of instanceof IdentifierExpression && namespaces.has(of.text) ? expression.property.text : undefined;
  };
}

/** The SDK's decorators of a declaration; only one may stand there. */
function ownDecorators(
  parser: Parser,
  declaration: DeclarationStatement,
  meaning: Meaning,
): [DecoratorName, DecoratorNode][] {
  const found: [DecoratorName, DecoratorNode][] = [];
  for (const node of declaration.decorators ?? []) {
    const name = meaning(node.name) ?? "";
    if (!NAMES.includes(name)) continue;
    if (found.length === 0) found.push([name as DecoratorName, node]);
    else reportError(parser, node.range, `@${name} stands beside @${found[0]?.[0]}: a class takes one of the SDK's`);
  }
  return found;
}

function* declarationsIn(statements: Statement[], isTopLevel = true): Generator<[DeclarationStatement, boolean]> {
  for (const statement of statements) {
    const declaration = statement instanceof ExportDefaultStatement ? statement.declaration : statement;
    if (declaration instanceof NamespaceDeclaration) yield* declarationsIn(declaration.members, false);
    if (declaration instanceof DeclarationStatement) yield [declaration, isTopLevel];
  }
}
