import type { ClassDeclaration, Parser, Source } from "assemblyscript";
import type { Declarations, Registered } from "./declarations.ts";
import { reportError } from "./diagnostics.ts";
import { append, findSource, SDK } from "./source.ts";

const REGISTRY = `${SDK}/assembly/runtime/registry`;

/** Replaces the SDK's registry by one that makes the author's filters and roots. */
export function writeRegistry(parser: Parser, declarations: Declarations): void {
  const registry = findSource(parser, REGISTRY);
  if (!registry) {
    reportError(parser, null, "nothing imports @asmfilter/sdk");
    return;
  }
  registry.statements.length = 0;
  append(parser, registry, registryText(parser, registry, declarations));
}

function registryText(parser: Parser, registry: Source, { filters, roots }: Declarations): string {
  const lines = [
    'import { PluginContext, RootContext, rootIs, UnknownPlugin } from "./root";',
    'import { Context } from "./contexts";',
    'import { HttpContext } from "../http/filter";',
    'import { decodeConfiguration } from "../config/decode";',
    'import { utf8 } from "../memory/text";',
  ];
  const use = (registered: Registered, name: string): string => {
    append(parser, registered.source, `export { ${className(registered.declaration)} as ${name} };`);
    lines.push(`import { ${name} } from ${JSON.stringify(pathTo(registered.source, registry))};`);
    return name;
  };
  const ids = [...new Set([...filters, ...roots].map(({ rootID }) => rootID))];
  const creations = ids.map((id, index) => {
    const filter = filters.find(({ rootID }) => rootID === id);
    const root = roots.find(({ rootID }) => rootID === id);
    const base = root ? use(root, `_UserRoot${index}`) : "PluginContext";
    lines.push(rootText(`_Root${index}`, base, filter && use(filter, `_Filter${index}`)));
    // The only filter of a module answers for every root id: a plugin that names none is served as well.
    return ids.length === 1
      ? `return new _Root${index}();`
      : `if (rootIs(utf8(${JSON.stringify(id)}))) return new _Root${index}();`;
  });
  if (ids.length !== 1) creations.push("return new UnknownPlugin();");
  lines.push(`export function createRoot(): PluginContext { ${creations.join("\n")} }`);
  return lines.join("\n");
}

function rootText(name: string, base: string, filter: string | undefined): string {
  // A root of its own does nothing to the streams that a proxy gives it all the same.
  if (!filter) return `class ${name} extends ${base} { _create(): Context { return new HttpContext(); } }`;
  return `class ${name} extends ${base} {
    _decode(): bool { return decodeConfiguration<valueof<${filter}>>(this); }
    _create(): Context { return new ${filter}(); }
  }`;
}

function className(declaration: ClassDeclaration): string {
  return declaration.name.text;
}

/** From the folder of one file to the other; both are named from the folder that asc runs in. */
function pathTo(source: Source, from: Source): string {
  return "../".repeat(from.internalPath.split("/").length - 1) + source.internalPath;
}
