import type { Reader } from "./reader.ts";
import { MalformedError } from "./reader.ts";

/** What an import or export is. */
export type ExternalKind = "function" | "table" | "memory" | "global" | "tag";

const kinds: readonly ExternalKind[] = ["function", "table", "memory", "global", "tag"];

export interface ImportEntry {
  readonly module: string;
  readonly name: string;
  readonly kind: ExternalKind;
  /** Of a function: its type, such as `(i32,i64)->i32`; absent where it uses a type of a later proposal. */
  readonly signature?: string;
  /** Of a memory: its limits in pages of 64 KiB. */
  readonly limits?: Limits;
}

export interface Limits {
  readonly initial: number;
  readonly maximum?: number;
}

export interface ExportEntry {
  readonly name: string;
  readonly kind: ExternalKind;
  /** Which one of its kind, imported ones first. */
  readonly index: number;
}

const valueTypes: ReadonlyMap<number, string> = new Map([
  [0x7f, "i32"],
  [0x7e, "i64"],
  [0x7d, "f32"],
  [0x7c, "f64"],
  [0x7b, "v128"],
  [0x70, "funcref"],
  [0x6f, "externref"],
]);

/** The function types, as far as they are written in the core format: reading ends at the first type of a later proposal. */
export function readTypes(section: Reader): string[] {
  const signatures: string[] = [];
  for (let left = section.u32(); left > 0; left--) {
    if (section.byte() !== 0x60) break;
    const parameters = readValueTypes(section);
    const results = parameters && readValueTypes(section);
    if (!parameters || !results) break;
    signatures.push(`(${parameters.join(",")})->${results.length === 1 ? results[0] : `(${results.join(",")})`}`);
  }
  return signatures;
}

function readValueTypes(section: Reader): string[] | undefined {
  const types: string[] = [];
  for (let left = section.u32(); left > 0; left--) {
    const type = valueTypes.get(section.byte());
    if (type === undefined) return undefined;
    types.push(type);
  }
  return types;
}

export function readImports(section: Reader, signatures: readonly string[]): ImportEntry[] {
  const imports: ImportEntry[] = [];
  for (let left = section.u32(); left > 0; left--) {
    const module = section.name();
    const name = section.name();
    const kind = readKind(section);
    if (kind === "function") {
      const signature = signatures[section.u32()];
      imports.push(signature === undefined ? { module, name, kind } : { module, name, kind, signature });
    } else if (kind === "memory") {
      imports.push({ module, name, kind, limits: readLimits(section) });
    } else {
      skipType(section, kind);
      imports.push({ module, name, kind });
    }
  }
  return imports;
}

/** The type index of each function that the module defines itself. */
export function readFunctions(section: Reader): number[] {
  const types: number[] = [];
  for (let left = section.u32(); left > 0; left--) types.push(section.u32());
  return types;
}

export function readExports(section: Reader): ExportEntry[] {
  const exports: ExportEntry[] = [];
  for (let left = section.u32(); left > 0; left--) {
    exports.push({ name: section.name(), kind: readKind(section), index: section.u32() });
  }
  return exports;
}

function readKind(section: Reader): ExternalKind {
  const byte = section.byte();
  const kind = kinds[byte];
  if (kind === undefined) throw new MalformedError(`${byte} is no kind of import or export`);
  return kind;
}

function skipType(section: Reader, kind: ExternalKind): void {
  if (kind === "table") {
    skipValueType(section);
    readLimits(section);
  }
  if (kind === "global") {
    skipValueType(section);
    section.byte();
  }
  if (kind === "tag") {
    section.byte();
    section.u32();
  }
}

function skipValueType(section: Reader): void {
  const byte = section.byte();
  // (ref ht) and (ref null ht) of the function references proposal carry a heap type.
  if (byte === 0x63 || byte === 0x64) section.skipNumber();
}

function readLimits(section: Reader): Limits {
  const flags = section.byte();
  const initial = section.u32();
  const limits = flags & 0x01 ? { initial, maximum: section.u32() } : { initial };
  // Custom page sizes, another proposal.
  if (flags & 0x08) section.skipNumber();
  return limits;
}
