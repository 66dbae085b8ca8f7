import { type Class, type ClassDeclaration, ClassPrototype, type Program } from "assemblyscript";
import type { Declared, Plugin } from "./declarations.ts";
import { reportError } from "./diagnostics.ts";
import { SDK } from "./source.ts";

/** The bases that the SDK has for authors' classes, by the decorator of those. */
const HTTP_FILTER = `${SDK}/assembly/http/filter/HttpFilter`;
const NETWORK_FILTER = `${SDK}/assembly/network/filter/NetworkFilter`;
const BASES = {
  filter: { name: "HttpFilter or NetworkFilter", internalNames: [HTTP_FILTER, NETWORK_FILTER] },
  root: { name: "RootContext", internalNames: [`${SDK}/assembly/runtime/root/RootContext`] },
};
const NO_CONFIG = `${SDK}/assembly/runtime/root/NoConfig`;
/** `abstract`, as the compiler numbers the flags of declarations (CommonFlags). */
const ABSTRACT = 128;

/** The compiler's element of a class that was declared. */
export function prototypeOf(program: Program, declaration: ClassDeclaration): ClassPrototype | null {
  const element = program.elementsByDeclaration.get(declaration);
  return element instanceof ClassPrototype ? element : null;
}

/** The `@config` class that a plugin's filter or root was given; null for one without configuration. */
export function configOf(program: Program, plugin: Plugin): Class | null {
  const { filter, root } = plugin;
  return (filter && argument(program, "filter", filter)) ?? (root && argument(program, "root", root)) ?? null;
}

/** `C` of the `HttpFilter<C>`, `NetworkFilter<C>` or `RootContext<C>` below a class, through any bases; null for none. */
function argument(program: Program, kind: "filter" | "root", { declaration }: Declared): Class | null {
  const prototype = prototypeOf(program, declaration);
  let base = prototype && program.resolver.resolveClass(prototype, null);
  while (base && !BASES[kind].internalNames.includes(base.prototype.internalName)) base = base.base;
  const config = base?.typeArguments?.[0]?.classReference ?? null;
  return config?.internalName === NO_CONFIG ? null : config;
}

/** What streams a filter is for. */
export function filterKind(program: Program, { declaration }: Declared): "http" | "network" {
  let base = prototypeOf(program, declaration);
  while (base && base.internalName !== NETWORK_FILTER) base = base.basePrototype;
  return base ? "network" : "http";
}

/** What the proxy must take the module for; null where it has roots only, which are at home in both. */
export function moduleType(program: Program, plugins: Plugin[]): "http" | "network" | null {
  const filters = plugins.flatMap(({ filter }) => filter ?? []);
  return filters[0] ? filterKind(program, filters[0]) : null;
}

/** An artifact has one type, by which it is put into the one or the other chain of filters. */
function refuseMixture(program: Program, plugins: Plugin[]): void {
  const type = moduleType(program, plugins);
  for (const { filter } of plugins) {
    if (!filter || filterKind(program, filter) === type) continue;
    const message = "a module holds HTTP filters or network filters, not both; make two of it";
    reportError(program, placeOf(filter), message);
  }
}

/** Refuses filters and roots that could not be made, or whose configuration nothing would decode. */
export function checkPlugins(program: Program, plugins: Plugin[]): void {
  refuseMixture(program, plugins);
  for (const { filter, root } of plugins) {
    const ofFilter = filter && isSound(program, "filter", filter) ? argument(program, "filter", filter) : null;
    const ofRoot = root && isSound(program, "root", root) ? argument(program, "root", root) : null;
    for (const [config, declared] of [[ofFilter, filter] as const, [ofRoot, root] as const]) {
      if (!config || !declared || config.prototype.instanceMembers?.has("_read")) continue;
      const message = `"${config.name}" is no @config class, so its fields would never be set; put @config above it`;
      reportError(program, placeOf(declared), message);
    }
    if (!ofFilter || !ofRoot || !root || ofFilter === ofRoot) continue;
    const message = `the filter of this root id has the configuration "${ofFilter.name}", and the root "${ofRoot.name}"`;
    reportError(program, placeOf(root), message);
  }
}

function placeOf({ declaration }: Declared) {
  return (declaration.extendsType ?? declaration.name).range;
}

function isSound(program: Program, kind: "filter" | "root", { declaration }: Declared): boolean {
  const before = program.diagnostics.length;
  const refuse = (reason: string) => reportError(program, declaration.name.range, reason);
  const prototype = prototypeOf(program, declaration);
  let base = prototype;
  while (base && !BASES[kind].internalNames.includes(base.internalName)) base = base.basePrototype;
  if (!base) refuse(`the class must extend ${BASES[kind].name} of @asmfilter/sdk`);
  if (declaration.typeParameters) refuse(`the class of a @${kind} cannot be generic`);
  if (declaration.flags & ABSTRACT) refuse(`the class of a @${kind} cannot be abstract`);
  let maker = prototype;
  while (maker && !maker.constructorPrototype) maker = maker.basePrototype;
  const parameters = maker?.constructorPrototype?.functionTypeNode.parameters ?? [];
  if (parameters.some(({ initializer }) => !initializer))
    refuse("a context is made without arguments: its constructor can take none");
  return program.diagnostics.length === before;
}
