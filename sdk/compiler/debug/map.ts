import type { Functions } from "./functions.ts";
import { decodeMappings, decodeNumbers, encodeNumbers, type Mapping } from "./mappings.ts";

/**
 * Where the code of a module came from: a source map (ECMA-426), in which a column is a byte of the module, with what a
 * backtrace needs besides. `build/NAME.wasm.map` on disk.
 */
export interface DebugMap {
  version: 3;
  /** The module's file. */
  file: string;
  /** Relative to the filter's folder; `~lib/` is the language's library, and in it the SDK. */
  sources: string[];
  names: string[];
  mappings: string;
  x_asmfilter: {
    /** The filter's name. */
    filter: string;
    /** Of the module that the map belongs to, in hex. */
    sha256: string;
    /** Index of the first function of {@link functions}. */
    firstFunction: number;
    /** Start and end of each function that the module defines, in bytes of the module, and its index in `names`. */
    functions: [start: number, end: number, name: number][];
    /** Indices of functions by the names that the proxy calls them by. */
    exports: Record<string, number>;
    /** Where functions are called and which, -1 for one that only turns out when it runs: pairs, each as its difference from the last, in the digits of {@link mappings}. */
    calls: string;
  };
}

/** A place in the source. */
export interface SourcePlace {
  function: string;
  file: string;
  /** From 1. */
  line: number;
  /** From 1. */
  column: number;
}

/** The place in the source that a place in the module came from: without file, line and column where the compiler made the code up. */
export interface Location extends Partial<SourcePlace> {
  /** The innermost function that was written there. */
  function: string;
  /** The function of the module, where that is another: the compiler put the one into the other. */
  inlinedInto?: string;
  /** For a place in a library that was put into a function of the author's: what of the author's stands last before it. */
  near?: SourcePlace;
}

/** Whether a file is the language's, or a package's, rather than the author's. */
export function isLibrary(file: string): boolean {
  return file.startsWith("~lib/");
}

/** A debug map to look places up in. */
export class DebugIndex {
  readonly map: DebugMap;
  readonly #mappings: readonly Mapping[];
  /** Indices of functions by the places that call them. */
  readonly #calls = new Map<number, number>();

  /** @throws {RangeError} where the mappings cannot be read, or refer to what is not there */
  constructor(map: DebugMap) {
    this.map = map;
    this.#mappings = decodeMappings(map.mappings);
    const calls = decodeNumbers(map.x_asmfilter.calls, 2);
    for (let at = 0; at < calls.length; at += 2) this.#calls.set(calls[at]!, calls[at + 1]!);
    this.#checkIndices();
  }

  /** A map comes from a file: what it refers to has to be there. */
  #checkIndices(): void {
    const { names, sources, x_asmfilter } = this.map;
    const isIn = (list: readonly string[], index: number | undefined) => index === undefined || index in list;
    const isKnown = ({ source, name }: Mapping) => isIn(sources, source) && isIn(names, name);
    if (this.#mappings.every(isKnown) && x_asmfilter.functions.every(([, , name]) => isIn(names, name))) return;
    throw new RangeError("it refers to names or sources that it does not have");
  }

  /** Whether the byte is in the body of the function. */
  has(offset: number, functionIndex: number): boolean {
    const { functions, firstFunction } = this.map.x_asmfilter;
    const [start, end] = functions[functionIndex - firstFunction] ?? [0, 0];
    return offset >= start && offset < end;
  }

  /** Whether the function may be running since it was called at a byte: by its index, by a table, or by the proxy in between. */
  calls(offset: number, functionIndex: number): boolean {
    const callee = this.#calls.get(offset);
    return callee !== undefined && (callee === functionIndex || callee < this.map.x_asmfilter.firstFunction);
  }

  /** Whether the proxy enters the module at the function when it calls the callback. */
  isCallback(name: string, functionIndex: number): boolean {
    return this.map.x_asmfilter.exports[name] === functionIndex;
  }

  /** Where the byte came from, which has to be in the function. */
  locate(offset: number, functionIndex: number): Location {
    const { functions, firstFunction } = this.map.x_asmfilter;
    const [start, , name] = functions[functionIndex - firstFunction]!;
    const whole = this.map.names[name]!;
    // What the compiler makes up belongs to what stands before it: the call of `abort` in an `assert` follows its text.
    const place = this.#lastPlace(start, offset, whole, () => true);
    if (place === undefined) return { function: whole };
    const near = isLibrary(place.file) ? this.#lastPlace(start, offset, whole, (file) => !isLibrary(file)) : undefined;
    return {
      ...place,
      ...(!isSame(place.function, whole) && { inlinedInto: whole }),
      ...(near && { near }),
    };
  }

  /** The last place between two bytes of a function that is in one of the files that are asked for. */
  #lastPlace(
    start: number,
    offset: number,
    whole: string,
    isWanted: (file: string) => boolean,
  ): SourcePlace | undefined {
    let low = 0;
    let high = this.#mappings.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#mappings[middle]!.offset <= offset) low = middle + 1;
      else high = middle;
    }
    for (let at = low - 1; at >= 0 && this.#mappings[at]!.offset >= start; at--) {
      const { source, line = 0, column = 0, name } = this.#mappings[at]!;
      const file = source === undefined ? undefined : this.map.sources[source]!;
      if (file === undefined || !isWanted(file)) continue;
      return { function: name === undefined ? whole : this.map.names[name]!, file, line: line + 1, column: column + 1 };
    }
    return undefined;
  }
}

/** Whether a function as it was written is the one of the module, which has type arguments and other additions of the compiler's. */
function isSame(written: string, compiled: string): boolean {
  const plain = (name: string) => name.replaceAll(/<.*>|[@~|].*$|\b[gs]et:/g, "");
  return plain(written) === plain(compiled);
}

/** The functions of a module as a debug map has them; `names` are those of the compiler for the ones that it defines. */
export function functionsOf(
  { imported, bodies, exported, calls }: Functions,
  nameIndices: readonly number[],
): Pick<DebugMap["x_asmfilter"], "firstFunction" | "functions" | "exports" | "calls"> {
  return {
    firstFunction: imported,
    functions: bodies.map(({ start, end }, index) => [start, end, nameIndices[index]!]),
    exports: Object.fromEntries(exported),
    calls: encodeNumbers(
      calls.flatMap(({ offset, callee }) => [offset, callee]),
      2,
    ),
  };
}
