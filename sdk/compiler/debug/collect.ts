import type { Program, Source } from "assemblyscript";
import type binaryen from "assemblyscript/binaryen";
import { originOf } from "../transform/source.ts";
import { readFunctions } from "./functions.ts";
import { type DebugMap, functionsOf } from "./map.ts";
import { decodeMappings, encodeMappings, type Mapping } from "./mappings.ts";
import { Scopes } from "./scopes.ts";

/** The debug map of a module, but for what the module's file is called and says of itself. */
export type Origins = Pick<DebugMap, "sources" | "names" | "mappings"> & {
  functions: ReturnType<typeof functionsOf>;
};

/**
 * Collects where a module came from when asc writes it: what is done to `module.emitBinary` lasts as long as the module. To
 * be called before the module is optimised, with a program whose option `sourceMap` was on while it was compiled, which
 * changes no byte of the code.
 */
export function collectOrigins(
  program: Program,
  library: typeof binaryen,
  module: binaryen.Module,
  use: (origins: Origins) => void,
): void {
  const emit = module.emitBinary.bind(module) as (url?: string) => { binary: Uint8Array; sourceMap: string };
  const emitted = () => {
    const { sourceMap } = emit("module.wasm.map");
    // Once more without a map: then it has no section that names the map's address.
    const binary = emit() as unknown as Uint8Array;
    use(originsOf(program, JSON.parse(sourceMap), binary, namesOf(library, module)));
    // asc would look for the sources of the map, and does not know those that were generated.
    return { binary, sourceMap: "" };
  };
  Object.assign(module, { emitBinary: emitted });
}

/** The compiler's names of the functions that the module defines, in their order. */
function namesOf(library: typeof binaryen, module: binaryen.Module): string[] {
  const functions = Array.from({ length: module.getNumFunctions() }, (_, index) =>
    library.getFunctionInfo(module.getFunctionByIndex(index)),
  );
  return functions.filter(({ base }) => !base).map(({ name }) => shortName(name));
}

/** A name without the files that are told before it, and in its type arguments. */
function shortName(name: string): string {
  return name.replaceAll(/(?:~?[\w@.$-]+\/)+/g, "");
}

function originsOf(
  program: Program,
  map: { sources: string[]; mappings: string },
  binary: Uint8Array,
  functionNames: readonly string[],
): Origins {
  const sources = new Numbered();
  const names = new Numbered();
  const places = map.sources.map((path) => new Place(program, path));
  const mappings = decodeMappings(map.mappings).map(({ offset, source, line = 0, column = 0 }): Mapping => {
    const origin = source === undefined ? undefined : places[source]?.at(line, column);
    if (origin === undefined) return { offset };
    const { file, name, ...at } = origin;
    return { offset, source: sources.of(file), ...at, ...(name !== undefined && { name: names.of(name) }) };
  });
  const functions = functionsOf(
    readFunctions(binary),
    functionNames.map((name) => names.of(name)),
  );
  return { sources: sources.all, names: names.all, mappings: encodeMappings(mappings), functions };
}

/** Texts with a number each, in the order in which they were first asked for. */
class Numbered {
  readonly #numbers = new Map<string, number>();

  get all(): string[] {
    return [...this.#numbers.keys()];
  }

  of(text: string): number {
    const number = this.#numbers.get(text) ?? this.#numbers.size;
    this.#numbers.set(text, number);
    return number;
  }
}

/** A file of the compiler's, and what of it the author sees: for generated text that is what it was generated for. */
class Place {
  readonly #file: string;
  readonly #scopes: Scopes | undefined;
  readonly #origin: { file: string; line: number; column: number } | undefined;

  constructor(program: Program, path: string) {
    this.#file = path;
    const range = originOf(program.parser, path);
    if (range) {
      const { source, start } = range;
      this.#origin = { file: source.normalizedPath, line: source.lineAt(start) - 1, column: source.columnAt() - 1 };
    }
    const source = program.sources.find(({ normalizedPath }: Source) => normalizedPath === path);
    this.#scopes = source && new Scopes(source);
  }

  at(line: number, column: number): { file: string; line: number; column: number; name?: string } | undefined {
    if (this.#origin) return this.#origin;
    // Generated for nothing that the author wrote.
    if (!this.#scopes) return undefined;
    const name = this.#scopes.nameAt(line, column);
    return { file: this.#file, line, column, ...(name !== undefined && { name }) };
  }
}
