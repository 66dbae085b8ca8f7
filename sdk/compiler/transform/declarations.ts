import {
  ClassDeclaration,
  type DecoratorNode,
  IdentifierExpression,
  type Parser,
  type Source,
  StringLiteralExpression,
} from "assemblyscript";
import { reportError } from "./diagnostics.ts";
import { userSources } from "./source.ts";

/** A class of the author's with the file that it stands in. */
export interface Declared {
  source: Source;
  declaration: ClassDeclaration;
}

/** A `@filter` or `@root` class. */
export interface Registered extends Declared {
  rootID: string;
}

/** What the author's decorators say. */
export interface Declarations {
  filters: Registered[];
  roots: Registered[];
  configs: Declared[];
}

/** Finds the decorated classes in the author's files and reports those that contradict each other. */
export function findDeclarations(parser: Parser): Declarations {
  const found: Declarations = { filters: [], roots: [], configs: [] };
  for (const source of userSources(parser)) {
    for (const declaration of source.statements) {
      if (!(declaration instanceof ClassDeclaration)) continue;
      const declared = { source, declaration };
      if (decorator(declaration, "config")) found.configs.push(declared);
      register(parser, found.filters, "filter", declared);
      register(parser, found.roots, "root", declared);
    }
  }
  if (found.filters.length === 0 && found.roots.length === 0) {
    reportError(parser, null, 'no class carries @filter("root id"), so there is nothing for a proxy to run');
  }
  return found;
}

function register(parser: Parser, into: Registered[], name: string, declared: Declared): void {
  const node = decorator(declared.declaration, name);
  if (!node) return;
  const id = node.args?.[0];
  if (!(id instanceof StringLiteralExpression) || node.args?.length !== 1) {
    reportError(parser, node.range, `@${name} takes one string literal, the root id`);
  } else if (into.some((other) => other.rootID === id.value)) {
    reportError(parser, node.range, `there is already a @${name}("${id.value}")`);
  } else {
    into.push({ ...declared, rootID: id.value });
  }
}

function decorator(declaration: ClassDeclaration, name: string): DecoratorNode | undefined {
  return declaration.decorators?.find((node) => node.name instanceof IdentifierExpression && node.name.text === name);
}
