/**
 * The least of a proxy that all peers run in, so that what is timed is the guest: it answers every read with the same
 * bytes and forgets what it is told. What Envoy itself costs is measured in Envoy.
 */

/** As far as it is used here: TypeScript declares it with the DOM only. */
declare const WebAssembly: {
  Module: { new (bytes: Uint8Array): object; imports(module: object): { module: string; name: string }[] };
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> };
};

interface Memory {
  readonly buffer: ArrayBuffer;
}

type GuestFunction = (...args: number[]) => number;

const ROOT = 1;
const NAME = new TextEncoder().encode("somebody");
const ROOT_ID = new TextEncoder().encode("bench");
const BODY = new Uint8Array(1024).fill(97);
const RESPONSE_BODY = 1;
const INFO = 2;

export class MinimalHost {
  readonly memory: Memory;
  /** How often the guest called each function of the host's. */
  readonly calls = new Map<string, number>();
  /** How often the host entered the guest, allocations included. */
  entered = 0;
  readonly #exports: Record<string, GuestFunction | undefined>;
  readonly #allocate: GuestFunction;
  #bytes: Uint8Array;
  #words: Uint32Array;
  #token = 0;
  #answered = 0;

  /** @param isCounting whether {@link calls} and {@link entered} are kept, which costs time */
  constructor(wasm: Uint8Array, isCounting = false) {
    const module = new WebAssembly.Module(wasm);
    const imports: Record<string, Record<string, GuestFunction>> = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      imports[from] ??= {};
      imports[from][name] = isCounting ? this.#counted(name) : (this.#functions[name] ?? ok);
    }
    const instance = new WebAssembly.Instance(module, imports);
    const exports = { ...instance.exports } as Record<string, GuestFunction | undefined>;
    if (isCounting) for (const [name, value] of Object.entries(exports)) exports[name] = this.#countedEntry(value!);
    this.#exports = exports;
    this.memory = instance.exports.memory as Memory;
    this.#allocate = (exports.malloc ?? exports.proxy_on_memory_allocate)!;
    this.#bytes = new Uint8Array(this.memory.buffer);
    this.#words = new Uint32Array(this.memory.buffer);
    (exports._initialize ?? exports._start)?.();
    exports.proxy_on_context_create?.(ROOT, 0);
    exports.proxy_on_vm_start?.(ROOT, 0);
    exports.proxy_on_configure?.(ROOT, 0);
  }

  get pages(): number {
    return this.memory.buffer.byteLength >>> 16;
  }

  /** A stream until its response is on its way. What the guest does not export is skipped, as Envoy does. */
  begin(id: number): void {
    const guest = this.#exports;
    guest.proxy_on_context_create?.(id, ROOT);
    guest.proxy_on_request_headers?.(id, 3, 1);
    while (this.#answered < this.#token) guest.proxy_on_http_call_response?.(ROOT, ++this.#answered, 1, 0, 0);
    guest.proxy_on_response_headers?.(id, 3, 0);
    guest.proxy_on_response_body?.(id, BODY.length, 1);
  }

  /** The end of a stream, in the order of HTTP. */
  end(id: number): void {
    const guest = this.#exports;
    guest.proxy_on_log?.(id);
    guest.proxy_on_done?.(id);
    guest.proxy_on_delete?.(id);
  }

  #answer(value: Uint8Array, to: number, size: number): number {
    const at = this.#allocate(value.length) >>> 0;
    if (this.#bytes.length === 0) {
      // The memory has grown: views of what it was are empty.
      this.#bytes = new Uint8Array(this.memory.buffer);
      this.#words = new Uint32Array(this.memory.buffer);
    }
    this.#bytes.set(value, at);
    this.#words[to >>> 2] = at;
    this.#words[size >>> 2] = value.length;
    return 0;
  }

  #write(at: number, value: number): number {
    if (this.#words.length === 0) this.#words = new Uint32Array(this.memory.buffer);
    this.#words[at >>> 2] = value;
    return 0;
  }

  #counted(name: string): GuestFunction {
    const implementation = this.#functions[name] ?? ok;
    return (...args) => {
      this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
      return implementation(...args);
    };
  }

  #countedEntry(value: GuestFunction): GuestFunction {
    if (typeof value !== "function") return value;
    return (...args) => {
      this.entered++;
      return value(...args);
    };
  }

  readonly #functions: Record<string, GuestFunction> = {
    proxy_get_header_map_value: (_map, _name, _length, to, size) => this.#answer(NAME, to!, size!),
    proxy_get_property: (_path, _length, to, size) => this.#answer(ROOT_ID, to!, size!),
    proxy_get_buffer_bytes: (buffer, _start, _length, to, size) =>
      buffer === RESPONSE_BODY ? this.#answer(BODY, to!, size!) : this.#write(to!, 0) | this.#write(size!, 0),
    proxy_http_call: (...args) => this.#write(args[9]!, ++this.#token),
    proxy_get_log_level: (at) => this.#write(at!, INFO),
  };
}

function ok(): number {
  return 0;
}
