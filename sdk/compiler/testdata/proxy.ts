/**
 * Just enough of a proxy to call what the compiler made: header maps, buffers, properties, the log. How a proxy
 * really behaves is the business of the host package; here only the guest's side of the border is looked at.
 */

import { Callouts } from "./callouts.ts";
import { type GuestMemory, Stores } from "./stores.ts";

export type Pairs = [name: string, value: string | Uint8Array][];

const OK = 0;
const NOT_FOUND = 1;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const bytesOf = (value: string | Uint8Array) => (typeof value === "string" ? encoder.encode(value) : value);

type GuestFunction = (...args: number[]) => number;

declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> };
};

export class SmallProxy {
  readonly exports: Record<string, GuestFunction>;
  readonly memory: { buffer: ArrayBuffer };
  headers: Pairs[] = [[], [], [], []];
  buffers: Uint8Array[] = [];
  properties = new Map<string, string | Uint8Array>();
  stores = new Stores();
  /** By name: the answer, or a status. */
  foreign = new Map<string, (argument: Uint8Array) => Uint8Array | number>();
  readonly callouts = new Callouts();
  logs: string[] = [];
  logLevel = 0;
  tickPeriod = 0;
  /** The directions that the guest went on with. */
  continued: number[] = [];
  /** The directions that the guest closed. */
  closed: number[] = [];
  /** How often a root said that it is done. */
  done = 0;
  replies: { status: number; body: string; headers: number }[] = [];
  /** Runs in the middle of each read of a header, after the guest's memory for the answer was asked for. */
  nested: (() => void) | undefined;

  constructor(wasm: Uint8Array) {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), {
      env: { ...this.#env(), ...this.stores.functions(this.#guest()), ...this.callouts.functions(this.#guest()) },
      wasi_snapshot_preview1: { random_get: () => OK },
    });
    this.exports = instance.exports as Record<string, GuestFunction>;
    this.memory = instance.exports.memory as { buffer: ArrayBuffer };
    this.exports._initialize?.();
  }

  /** Creates and configures the root with id 1; whether the guest accepted it. */
  configure(configuration: unknown, rootID = ""): boolean {
    this.properties.set("plugin_root_id", rootID);
    const text = typeof configuration === "string" ? configuration : JSON.stringify(configuration);
    this.buffers[7] = encoder.encode(configuration === undefined ? "" : text);
    this.call("proxy_on_context_create", 1, 0);
    return this.call("proxy_on_vm_start", 1, 0) !== 0 && this.call("proxy_on_configure", 1, text?.length ?? 0) !== 0;
  }

  /** Calls an export if the guest has it; 1 if it has not, as a proxy goes on then. */
  call(name: string, ...args: number[]): number {
    return this.exports[name]?.(...args) ?? 1;
  }

  /** A stream from its creation to the end of its request headers; its id is free. */
  request(id: number, headers: Pairs): number {
    this.headers[0] = headers;
    this.headers[2] = [];
    this.call("proxy_on_context_create", id, 1);
    return this.exports.proxy_on_request_headers?.(id, headers.length, 0) ?? 0;
  }

  end(id: number): void {
    for (const name of ["proxy_on_log", "proxy_on_done", "proxy_on_delete"]) this.call(name, id);
  }

  header(name: string, map = 0): string | undefined {
    const value = this.headers[map]?.find(([key]) => key === name)?.[1];
    return value === undefined ? undefined : typeof value === "string" ? value : decoder.decode(value);
  }

  #text(at: number, length: number): string {
    return decoder.decode(this.#bytes(at, length));
  }

  #bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer).slice(at, at + length);
  }

  #word(at: number, value: number): void {
    new DataView(this.memory.buffer).setUint32(at, value, true);
  }

  #answer(bytes: Uint8Array, at: number, length: number): number {
    const block = bytes.length ? (this.exports.malloc?.(bytes.length) ?? 0) : 0;
    this.nested?.();
    new Uint8Array(this.memory.buffer).set(bytes, block);
    this.#word(at, block);
    this.#word(length, bytes.length);
    return OK;
  }

  #guest(): GuestMemory {
    return {
      text: (at, length) => this.#text(at, length),
      bytes: (at, length) => this.#bytes(at, length),
      word: (at, value) => this.#word(at, value),
      answer: (bytes, at, length) => this.#answer(bytes, at, length),
    };
  }

  #env(): Record<string, GuestFunction> {
    const map = (index: number) => (this.headers[index] ??= []);
    return {
      proxy_log: (level, at, length) => {
        this.logs.push(`${level} ${this.#text(at!, length!)}`);
        return OK;
      },
      proxy_get_log_level: (at) => {
        this.#word(at!, this.logLevel);
        return OK;
      },
      proxy_get_current_time_nanoseconds: (at) => {
        new DataView(this.memory.buffer).setBigUint64(at!, 1_700_000_000_000_000_000n, true);
        return OK;
      },
      proxy_get_header_map_value: (type, at, length, to, size) => {
        const name = this.#text(at!, length!);
        const found = map(type!).find(([key]) => key === name);
        return found ? this.#answer(bytesOf(found[1]), to!, size!) : NOT_FOUND;
      },
      proxy_get_header_map_pairs: (type, to, size) => this.#answer(encodePairs(map(type!)), to!, size!),
      proxy_get_header_map_size: (type, at) => {
        const bytes = map(type!)
          .flat()
          .reduce((sum, text) => sum + bytesOf(text).length, 0);
        this.#word(at!, bytes);
        return OK;
      },
      proxy_set_header_map_pairs: (type, at, length) => {
        this.headers[type!] = decodePairs(new Uint8Array(this.memory.buffer, at!, length!));
        return OK;
      },
      proxy_add_header_map_value: (type, at, length, value, size) => {
        map(type!).push([this.#text(at!, length!), this.#text(value!, size!)]);
        return OK;
      },
      proxy_replace_header_map_value: (type, at, length, value, size) => {
        const name = this.#text(at!, length!);
        this.headers[type!] = [...map(type!).filter(([key]) => key !== name), [name, this.#text(value!, size!)]];
        return OK;
      },
      proxy_remove_header_map_value: (type, at, length) => {
        const name = this.#text(at!, length!);
        this.headers[type!] = map(type!).filter(([key]) => key !== name);
        return OK;
      },
      proxy_get_buffer_status: (type, length, flags) => {
        this.#word(length!, this.buffers[type!]?.length ?? 0);
        this.#word(flags!, 0);
        return this.buffers[type!] ? OK : NOT_FOUND;
      },
      proxy_get_buffer_bytes: (type, start, length, to, size) => {
        const buffer = this.buffers[type!];
        const end = (start! >>> 0) + (length! >>> 0);
        return buffer ? this.#answer(buffer.subarray(start! >>> 0, end), to!, size!) : NOT_FOUND;
      },
      proxy_set_buffer_bytes: (type, start, length, at, size) => {
        const old = this.buffers[type!] ?? new Uint8Array();
        const added = this.#bytes(at!, size!);
        const rest = start === 0 ? old.subarray(Math.min(length! >>> 0, old.length)) : old;
        this.buffers[type!] = new Uint8Array(Buffer.concat(start === 0 ? [added, rest] : [rest, added]));
        return OK;
      },
      proxy_get_property: (at, length, to, size) => {
        const value = this.properties.get(this.#text(at!, length!));
        return value === undefined ? NOT_FOUND : this.#answer(bytesOf(value), to!, size!);
      },
      proxy_set_property: (at, length, value, size) => {
        this.properties.set(this.#text(at!, length!), this.#text(value!, size!));
        return OK;
      },
      proxy_call_foreign_function: (at, length, argument, size, to, toSize) => {
        const answer = this.foreign.get(this.#text(at!, length!))?.(this.#bytes(argument!, size!)) ?? NOT_FOUND;
        return typeof answer === "number" ? answer : this.#answer(answer, to!, toSize!);
      },
      proxy_set_tick_period_milliseconds: (period) => {
        this.tickPeriod = period!;
        return OK;
      },
      proxy_done: () => {
        this.done++;
        return OK;
      },
      proxy_close_stream: (stream) => {
        this.closed.push(stream!);
        return OK;
      },
      proxy_continue_stream: (stream) => {
        this.continued.push(stream!);
        return OK;
      },
      proxy_send_local_response: (status, _details, _n, body, length, headers) => {
        const count = headers ? new DataView(this.memory.buffer).getUint32(headers, true) : 0;
        this.replies.push({ status: status!, body: this.#text(body!, length!), headers: count });
        return OK;
      },
    };
  }
}

/** Each text ends with a NUL, and nothing follows the last. */
function decodePairs(block: Uint8Array): Pairs {
  const sizes = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const count = sizes.getUint32(0, true);
  let at = 4 + 8 * count;
  const text = (index: number): string => {
    const length = sizes.getUint32(4 + 4 * index, true);
    const bytes = block.slice(at, at + length);
    at += length + 1;
    if (block[at - 1] !== 0) throw new Error(`no NUL after text ${index} of the pairs`);
    return Buffer.from(bytes).toString();
  };
  const pairs = Array.from({ length: count }, (_, i): [string, string] => [text(2 * i), text(2 * i + 1)]);
  if (at !== block.length) throw new Error("bytes behind the last pair");
  return pairs;
}

function encodePairs(pairs: Pairs): Uint8Array {
  const texts = pairs.flatMap(([name, value]) => [bytesOf(name), bytesOf(value)]);
  const sizes = new Uint32Array([pairs.length, ...texts.map((text) => text.length)]);
  return new Uint8Array([...new Uint8Array(sizes.buffer), ...texts.flatMap((text) => [...text, 0])]);
}
