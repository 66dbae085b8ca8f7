import { mkdir, readFile, symlink } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { Parser, type SourceKind } from "assemblyscript";
import asc, { type APIOptions } from "assemblyscript/asc";
import { withoutExit } from "../exit.ts";
import { userSources } from "../transform/source.ts";
import FilterTransform from "../transform.ts";
import { guestFolder } from "./guest.ts";
import { SmallProxy } from "./proxy.ts";

// V8 11.3 (Node 20) inlines hot calls of WebAssembly from JavaScript, and the code that it makes here crashes.
setFlagsFromString("--no-turbo-inline-js-wasm-calls");

/** What a filter is given or gives back: text, bytes, or a number. */
export type Value = string | Uint8Array | number | boolean;

/** A filter of either kind of memory; the functions exported beside it are what is tested. */
const LEAN =
  'import { HttpFilter, filter, Body, Action } from "@asmfilter/sdk"; @filter("a") class A extends HttpFilter {}';
const WITH_BODIES = LEAN.replace("{}", "{ onRequestBody(b: Body, e: bool): Action { return Action.Continue; } }");
const BORDER = `import { collectIfDue } from "@asmfilter/sdk/assembly/memory/collector";
export function newText(units: i32): usize { return __new(units << 1, idof<String>()); }
export function newBytes(length: i32): Uint8Array { return new Uint8Array(length); }
export function tidy(): void { collectIfDue(); }
`;

/** Compiles as the SDK does, but exports what the author exports. */
class ExportingTransform extends FilterTransform {
  override afterParse(parser: Parser): void {
    super.afterParse(parser);
    for (const source of userSources(parser)) source.sourceKind = 1 as SourceKind; // UserEntry
  }
}

/** A module whose exported functions tests call with texts and bytes. */
export class Library {
  readonly size: number;
  readonly #proxy: SmallProxy;
  readonly #exports: Record<string, (...args: number[]) => number>;

  private constructor(wasm: Uint8Array) {
    this.size = wasm.length;
    this.#proxy = new SmallProxy(wasm);
    this.#exports = this.#proxy.exports;
  }

  /**
   * @param text AssemblyScript with exported functions
   * @param memory `bodies`: as in filters that handle bodies, where memory is collected in the midst of a callback
   */
  static async of(text: string, memory: "lean" | "bodies" = "lean"): Promise<Library> {
    return new Library(await compileExporting((memory === "lean" ? LEAN : WITH_BODIES) + BORDER + text));
  }

  number(name: string, ...args: Value[]): number {
    const result = this.#call(name, args);
    this.#exports.tidy!();
    return result;
  }

  text(name: string, ...args: Value[]): string | null {
    const at = this.#call(name, args) >>> 0;
    const text = at === 0 ? null : Buffer.from(this.#slice(at, this.#word(at - 4))).toString("utf16le");
    this.#exports.tidy!();
    return text;
  }

  bytes(name: string, ...args: Value[]): Uint8Array | null {
    const at = this.#call(name, args) >>> 0;
    const bytes = at === 0 ? null : this.#slice(this.#word(at + 4), this.#word(at + 8));
    this.#exports.tidy!();
    return bytes;
  }

  /** Bytes of memory that the module has. */
  get memorySize(): number {
    return this.#proxy.memory.buffer.byteLength;
  }

  #call(name: string, args: Value[]): number {
    return this.#exports[name]!(...args.map((value) => this.#lower(value)));
  }

  #lower(value: Value): number {
    if (typeof value === "string") {
      const at = this.#exports.newText!(value.length) >>> 0;
      const units = new Uint16Array(this.#proxy.memory.buffer, at, value.length);
      for (let i = 0; i < value.length; i++) units[i] = value.charCodeAt(i);
      return at;
    }
    if (typeof value === "object") {
      const at = this.#exports.newBytes!(value.length) >>> 0;
      new Uint8Array(this.#proxy.memory.buffer).set(value, this.#word(at + 4));
      return at;
    }
    return Number(value);
  }

  #word(at: number): number {
    return new DataView(this.#proxy.memory.buffer).getUint32(at, true);
  }

  #slice(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#proxy.memory.buffer).slice(at, at + length);
  }
}

async function compileExporting(text: string): Promise<Uint8Array> {
  const folder = await guestFolder({ "assembly/index.ts": text });
  await mkdir(join(folder, "node_modules/@asmfilter"), { recursive: true });
  await symlink(fileURLToPath(new URL("../..", import.meta.url)), join(folder, "node_modules/@asmfilter/sdk"));
  let wasm: Uint8Array | undefined;
  const complaints: string[] = [];
  const api: APIOptions = {
    readFile: (name, base) => readFile(isAbsolute(name) ? name : join(base, name), "utf8").catch(() => null),
    writeFile: (_name, contents) => {
      if (typeof contents !== "string") wasm = contents;
    },
    stderr: asc.createMemoryStream((chunk) => complaints.push(String(chunk))),
    transforms: [ExportingTransform] as unknown as NonNullable<APIOptions["transforms"]>,
  };
  const options = ["assembly/index.ts", "--optimizeLevel", "3", "--shrinkLevel", "1", "--outFile", "module.wasm"];
  const run = () => asc.main([...options, "--baseDir", folder, "--config", "none"], api);
  const { error } = await withoutExit(run);
  if (!wasm) throw new Error(complaints.join(""), { cause: error });
  return wasm;
}
