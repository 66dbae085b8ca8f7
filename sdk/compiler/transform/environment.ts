import { NamespaceDeclaration, type Parser, type Program, type SourceKind } from "assemblyscript";
import { append, findSource, SDK } from "./source.ts";

/** What of the browser has a counterpart in a proxy; the rest is refused where it is used. */
const REPLACED = ["Date", "performance", "console", "crypto"];
const BINDINGS = `${SDK}/assembly/runtime/bindings`;

/** Sets what a module for a proxy needs, whatever asc was asked for. */
export function configureProgram(program: Program): void {
  const { options } = program;
  // A host call from a start section meets a proxy that has no context yet.
  options.exportStart = "_initialize";
  options.runtime = 1 as typeof options.runtime; // minimal: collects only when told to
  // The shadow stack belongs to the incremental collector.
  options.stackSize = 0;
  program.module.useShadowStack = false;
  options.globalAliases ??= new Map();
  // `abort` and its texts are left out: a trap carries no message in a proxy, and they are a tenth of the module.
  const aliases = { abort: "", seed: `${BINDINGS}/seed`, trace: `${BINDINGS}/trace` };
  for (const [name, target] of Object.entries(aliases)) {
    if (!options.globalAliases.has(name)) options.globalAliases.set(name, target);
  }
}

/** Puts the SDK's memory in the place of the runtime's, and the proxy in the place of the browser. */
export function replaceLibrary(parser: Parser): void {
  for (const name of ["tlsf", "itcms", "tcms", "stub"]) {
    const source = findSource(parser, `~lib/rt/${name}`);
    if (source) source.statements.length = 0;
  }
  const dom = findSource(parser, "~lib/bindings/dom");
  if (!dom) return;
  dom.statements = dom.statements.filter(
    (statement) => !(statement instanceof NamespaceDeclaration) || !REPLACED.includes(statement.name.text),
  );
  append(parser, dom, `export { ${REPLACED.join(", ")} } from "@asmfilter/sdk/assembly/runtime/bindings";`);
}

/** Exports the SDK's callbacks from the module, and nothing of the author's files. */
export function chooseEntry(parser: Parser): void {
  for (const source of parser.sources) {
    if (source.internalPath === `${SDK}/assembly/runtime/callbacks`)
      source.sourceKind = 1 as SourceKind; // UserEntry
    else if (!source.normalizedPath.startsWith("~lib/")) source.sourceKind = 0 as SourceKind; // User
  }
}
