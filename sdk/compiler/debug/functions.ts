/** The part of the engine's own reader that is used here; Node's types leave it to the browser's. */
declare const WebAssembly: {
  Module: {
    new (bytes: Uint8Array): object;
    imports(module: object): { kind: string }[];
  };
};

/** Where the body of a function lies, in bytes from the start of the module. */
export interface Body {
  start: number;
  end: number;
}

/** What of a module's functions a backtrace refers to. */
export interface Functions {
  /** How many are imported: the first that the module defines has this index. */
  imported: number;
  /** Of those that it defines, in order. */
  bodies: Body[];
  /** Indices by the names that they are exported under. */
  exported: Map<string, number>;
  /** Places of calls. */
  calls: Call[];
}

/** Where a function is called. */
export interface Call {
  /** Bytes from the start of the module. */
  offset: number;
  /** Index of the function; -1 where that is known only when it runs. */
  callee: number;
}

const EXPORTS = 7;
const CODE = 10;
const FUNCTION = 0;

/** Reads where functions lie (WebAssembly core specification, binary format, modules). */
export function readFunctions(wasm: Uint8Array): Functions {
  const reader = new Reader(wasm);
  const exported = new Map<string, number>();
  const bodies: Body[] = [];
  reader.at = 8;
  while (reader.at < wasm.length) {
    const section = wasm[reader.at++];
    const size = reader.unsigned();
    const end = reader.at + size;
    if (section === EXPORTS) readExports(reader, exported);
    if (section === CODE) readBodies(reader, bodies);
    reader.at = end;
  }
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(wasm));
  const imported = imports.filter(({ kind }) => kind === "function").length;
  return { imported, bodies, exported, calls: findCalls(reader, bodies, imported + bodies.length) };
}

const DIRECT = 0x10;
const INDIRECT = 0x11;

/** All bytes that look like a call. Some are a part of another instruction, which does no harm: calls are looked up, not listed. */
function findCalls(reader: Reader, bodies: readonly Body[], functions: number): Call[] {
  const calls: Call[] = [];
  for (const { start, end } of bodies) {
    for (let offset = start; offset < end; offset++) {
      const byte = reader.wasm[offset];
      if (byte === INDIRECT) calls.push({ offset, callee: -1 });
      if (byte !== DIRECT) continue;
      reader.at = offset + 1;
      const callee = reader.unsigned();
      if (callee < functions) calls.push({ offset, callee });
    }
  }
  return calls;
}

function readExports(reader: Reader, exported: Map<string, number>): void {
  for (let count = reader.unsigned(); count > 0; count--) {
    const name = reader.text();
    const kind = reader.wasm[reader.at++];
    const index = reader.unsigned();
    if (kind === FUNCTION) exported.set(name, index);
  }
}

function readBodies(reader: Reader, bodies: Body[]): void {
  for (let count = reader.unsigned(); count > 0; count--) {
    const size = reader.unsigned();
    const start = reader.at;
    reader.at = start + size;
    bodies.push({ start, end: reader.at });
  }
}

class Reader {
  at = 0;
  readonly wasm: Uint8Array;

  constructor(wasm: Uint8Array) {
    this.wasm = wasm;
  }

  unsigned(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.wasm[this.at++] ?? 0;
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  }

  text(): string {
    const length = this.unsigned();
    const bytes = this.wasm.subarray(this.at, this.at + length);
    this.at += length;
    return new TextDecoder().decode(bytes);
  }
}
