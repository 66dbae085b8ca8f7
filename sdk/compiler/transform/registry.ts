import type { Parser, Source } from "assemblyscript";
import type { Declared, Plugin } from "./declarations.ts";
import { reportError } from "./diagnostics.ts";
import { literal } from "./literals.ts";
import { append, findSource, pathTo, SDK } from "./source.ts";

const REGISTRY = `${SDK}/assembly/runtime/registry`;

/** Replaces the SDK's registry by one that makes the author's filters and roots. */
export function writeRegistry(parser: Parser, plugins: Plugin[]): void {
  const registry = findSource(parser, REGISTRY);
  if (!registry) {
    reportError(parser, null, "nothing imports @asmfilter/sdk");
    return;
  }
  registry.statements.length = 0;
  append(
    parser,
    registry,
    `import { NoConfig, PluginContext, rootIs, UnknownPlugin } from "./root";
    import { Context } from "./contexts";
    import { HttpContext } from "../http/filter";
    import { decodeConfiguration } from "../config/decode";`,
  );
  plugins.forEach((plugin, index) => {
    writeRoot(parser, registry, plugin, index);
  });
  append(parser, registry, `export function createRoot(): PluginContext { ${creations(plugins)} }`);
}

function creations(plugins: Plugin[]): string {
  // The only filter of a module answers for every root id: a plugin that names none is served as well.
  if (plugins.length === 1) return "return new _Root0();";
  const choices = plugins.map(({ rootID }, index) => `if (rootIs(${literal(rootID)})) return new _Root${index}();`);
  return [...choices, "return new UnknownPlugin();"].join("\n");
}

function writeRoot(parser: Parser, registry: Source, { filter, root }: Plugin, index: number): void {
  const use = ({ source, declaration }: Declared, name: string): string => {
    const exported = `export { ${declaration.name.text} as ${name} };`;
    append(parser, source, exported, declaration.name.range);
    append(parser, registry, `import { ${name} } from ${JSON.stringify(pathTo(source, registry))};`);
    return name;
  };
  const filterName = filter && use(filter, `asmf$Filter${index}`);
  const rootName = root && use(root, `asmf$Root${index}`);
  // A root of its own does nothing to the streams that a proxy gives it all the same.
  const text = `class _Root${index} extends ${rootName ?? "PluginContext"} {
    _decode(): bool { ${decoding([filterName, rootName])} }
    _create(): Context { return new ${filterName ?? "HttpContext"}(); }
  }`;
  append(parser, registry, text, (filter ?? root)?.declaration.name.range);
}

/** Decodes what either of the two classes wants; that both want the same is checked when their types are known. */
function decoding(names: (string | undefined)[]): string {
  const choices = names.map(
    (name) =>
      name && `if (idof<valueof<${name}>>() != idof<NoConfig>()) return decodeConfiguration<valueof<${name}>>(this);`,
  );
  return [...choices, "return decodeConfiguration<NoConfig>(this);"].join("\n");
}
