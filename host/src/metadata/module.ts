import { AsmFilterError } from "../errors.ts";
import { MalformedError, Reader } from "./reader.ts";
import { type ExportEntry, type ImportEntry, readExports, readFunctions, readImports, readTypes } from "./sections.ts";

/** The versions of the proxy-wasm ABI that Envoy knows. */
export type AbiVersion = "0.1.0" | "0.2.0" | "0.2.1";

/** A section that the engine ignores: `producers`, `name`, or one of a toolchain's own. */
export interface CustomSection {
  readonly name: string;
  /** The content; a view into the module's bytes. */
  readonly content: Uint8Array;
}

/** What a proxy-wasm module says of itself, read from its bytes without compiling them. */
export interface ModuleMetadata {
  readonly abi: AbiVersion;
  readonly imports: readonly ImportEntry[];
  /** Names of all exports, in the module's order. */
  readonly exports: readonly string[];
  /** The exported functions with their types, such as `(i32,i32)->i32`; without those of a later proposal's types. */
  readonly functions: ReadonlyMap<string, string>;
  /** The exported functions that a proxy calls when something happens: `proxy_on_…` and `proxy_validate_configuration`. */
  readonly callbacks: readonly string[];
  readonly customSections: readonly CustomSection[];
  /** Size of the module in bytes. */
  readonly size: number;
}

const abiMarkers: ReadonlyMap<string, AbiVersion> = new Map([
  ["proxy_abi_version_0_1_0", "0.1.0"],
  ["proxy_abi_version_0_2_0", "0.2.0"],
  ["proxy_abi_version_0_2_1", "0.2.1"],
]);

/**
 * Reads what a proxy-wasm module imports, exports and carries. Time and memory are bounded by the size of `bytes`,
 * whatever they hold; code is not validated.
 *
 *     readModule(await readFile("build/hello.wasm")).callbacks // ["proxy_on_context_create", "proxy_on_response_headers"]
 *
 * @throws AsmFilterError `ASMF_MODULE_NOT_WASM` where the bytes are no WebAssembly module,
 * `ASMF_MODULE_NOT_PROXY_WASM` where it exports none of the ABI's version markers.
 */
export function readModule(bytes: Uint8Array): ModuleMetadata {
  const { imports, exports, functions, customSections } = readSections(bytes);
  const marker = exports.find(({ name, kind }) => kind === "function" && abiMarkers.has(name));
  if (!marker) {
    throw new AsmFilterError(
      "ASMF_MODULE_NOT_PROXY_WASM",
      "the module is WebAssembly, but exports no proxy_abi_version_… function",
      { hint: "Build it with a proxy-wasm SDK (ABI 0.1.0, 0.2.0 or 0.2.1); a WASI program or a library is no filter." },
    );
  }
  return {
    abi: abiMarkers.get(marker.name)!,
    imports,
    exports: exports.map(({ name }) => name),
    functions,
    callbacks: exports.filter(isCallback).map(({ name }) => name),
    customSections,
    size: bytes.length,
  };
}

function isCallback({ name, kind }: ExportEntry): boolean {
  // The allocator has a name like a callback's, but no capability guards it (proxy-wasm-cpp-host, src/wasm.cc).
  if (kind !== "function" || name === "proxy_on_memory_allocate") return false;
  return name.startsWith("proxy_on_") || name === "proxy_validate_configuration";
}

interface Sections {
  imports: ImportEntry[];
  exports: ExportEntry[];
  functions: Map<string, string>;
  customSections: CustomSection[];
}

function readSections(bytes: Uint8Array): Sections {
  checkPreamble(bytes);
  const found: Sections = { imports: [], exports: [], functions: new Map(), customSections: [] };
  let signatures: string[] = [];
  let defined: number[] = [];
  try {
    const reader = new Reader(bytes, 8);
    while (!reader.done) {
      const id = reader.byte();
      const section = reader.part(reader.u32());
      if (id === 0) found.customSections.push({ name: section.name(), content: section.rest() });
      else if (id === 1) signatures = readTypes(section);
      else if (id === 2) found.imports = readImports(section, signatures);
      else if (id === 3) defined = readFunctions(section);
      else if (id === 7) found.exports = readExports(section);
    }
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw notWasm(
      `the module is damaged: ${error.message}`,
      "Build or fetch it again; it may have been cut short.",
      error,
    );
  }
  const imported = found.imports.filter(({ kind }) => kind === "function").map(({ signature }) => signature);
  for (const { name, kind, index } of found.exports) {
    const signature = index < imported.length ? imported[index] : signatures[defined[index - imported.length] ?? -1];
    if (kind === "function" && signature !== undefined) found.functions.set(name, signature);
  }
  return found;
}

function checkPreamble(bytes: Uint8Array): void {
  if (bytes[0] !== 0 || bytes[1] !== 0x61 || bytes[2] !== 0x73 || bytes[3] !== 0x6d) {
    throw notWasm(
      "the bytes are not WebAssembly: they do not begin with \\0asm",
      bytes[0] === 0x28 || bytes[0] === 0x3b
        ? "This looks like the text format; assemble it to the binary format first."
        : "Give the .wasm file itself, not an archive or a source file.",
    );
  }
  if (bytes[6] === 1 && bytes[7] === 0) {
    throw notWasm(
      "this is a WebAssembly component",
      "Proxies load core modules only: build for wasm32-wasip1, not wasip2.",
    );
  }
  if (bytes[4] !== 1 || bytes[5] !== 0 || bytes[6] !== 0 || bytes[7] !== 0) {
    throw notWasm(
      "the bytes are WebAssembly of an unknown version",
      "Build the module for version 1 of the binary format.",
    );
  }
}

function notWasm(message: string, hint: string, cause?: unknown): AsmFilterError {
  return new AsmFilterError("ASMF_MODULE_NOT_WASM", message, cause === undefined ? { hint } : { hint, cause });
}
