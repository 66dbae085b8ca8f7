/**
 * A proxy that does to a guest's memory all that a real one may, and more often: in every host call it first asks the
 * guest for memory and spoils it, then may enter another stream's callback, and only then looks at what it was given.
 *
 * Its answers are made up from the question, the event and the seed alone. So two guests that do the same are told the
 * same, whatever else runs in between, and what an event asked can be compared.
 */
import { hash, Random } from "./seeded.ts";

/** The callback that the proxy makes, and those that it makes in the midst of it. */
export interface Event {
  readonly name: string;
  readonly args: readonly number[];
  /** The stream whose oldest call is answered; then the name and the arguments are the answer's. */
  readonly answers?: number;
  /** Read by the guest as header or property `x-program`. */
  readonly program: Uint8Array;
  /** Before which host call of this event another event happens. */
  readonly nested: { readonly before: number; readonly event: Event }[];
}

/** What a host call was given and what it answered, one line each; of the event nested in it nothing. */
export type Trace = string[];

/**
 * What each function is given: n a number, s the address and length of bytes; and where its answer goes: o the
 * address and length of bytes, w a word, d two words.
 */
const FUNCTIONS: Record<string, string> = {
  proxy_log: "ns",
  proxy_get_log_level: "w",
  proxy_get_current_time_nanoseconds: "d",
  proxy_set_tick_period_milliseconds: "n",
  proxy_get_buffer_bytes: "nnno",
  proxy_set_buffer_bytes: "nnns",
  proxy_get_buffer_status: "nww",
  proxy_get_header_map_size: "nw",
  proxy_get_header_map_pairs: "no",
  proxy_set_header_map_pairs: "ns",
  proxy_get_header_map_value: "nso",
  proxy_add_header_map_value: "nss",
  proxy_replace_header_map_value: "nss",
  proxy_remove_header_map_value: "ns",
  proxy_continue_stream: "n",
  proxy_close_stream: "n",
  proxy_get_status: "wo",
  proxy_send_local_response: "nsssn",
  proxy_http_call: "ssssnw",
  proxy_grpc_call: "sssssnw",
  proxy_grpc_stream: "ssssw",
  proxy_grpc_send: "nsn",
  proxy_grpc_cancel: "n",
  proxy_grpc_close: "n",
  proxy_get_shared_data: "sow",
  proxy_set_shared_data: "ssn",
  proxy_register_shared_queue: "sw",
  proxy_resolve_shared_queue: "ssw",
  proxy_enqueue_shared_queue: "ns",
  proxy_dequeue_shared_queue: "no",
  proxy_define_metric: "nsw",
  proxy_record_metric: "nn",
  proxy_increment_metric: "nn",
  proxy_get_metric: "nd",
  proxy_get_property: "so",
  proxy_set_property: "ss",
  proxy_call_foreign_function: "sso",
  proxy_set_effective_context: "n",
  proxy_done: "",
};

const ROOT = 1;
const OK = 0;
const NOT_FOUND = 1;
const CAS_MISMATCH = 8;
const PLUGIN_CONFIGURATION = 7;
const SPOILT = 0xdb;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** What becomes of a call that was started, by the number that it got. */
const ANSWERS: Record<string, (number: number) => string[]> = {
  proxy_http_call: () => ["proxy_on_http_call_response"],
  proxy_grpc_call: (number) => [number % 2 === 0 ? "proxy_on_grpc_receive" : "proxy_on_grpc_close"],
  proxy_grpc_stream: (number) => [
    "proxy_on_grpc_receive_initial_metadata",
    ...Array.from({ length: number % 3 }, () => "proxy_on_grpc_receive"),
    "proxy_on_grpc_receive_trailing_metadata",
    "proxy_on_grpc_close",
  ],
};

interface Call {
  readonly number: number;
  readonly answers: string[];
}

type Guest = (...args: number[]) => number;

declare const WebAssembly: {
  Module: { new (bytes: Uint8Array): object; imports(module: object): { module: string; name: string }[] };
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> };
};

/** The functions of the proxy that a module imports. */
export function importsOf(wasm: Uint8Array): string[] {
  return WebAssembly.Module.imports(new WebAssembly.Module(wasm)).map(({ name }) => name);
}

export interface HostileOptions {
  readonly seed: number;
  readonly configuration: string;
  /** Whether nested events happen in the midst of a host call, and memory is asked for; else events come one by one. */
  readonly isHostile: boolean;
}

export class HostileProxy {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly traces: Trace[] = [];
  readonly #options: HostileOptions;
  readonly #exports: Record<string, Guest | undefined>;
  /** Calls of streams that wait for an answer, the oldest first. */
  readonly #calls = new Map<number, Call[]>();
  readonly #running: { event: Event; trace: Trace; nested: Event["nested"] }[] = [];

  constructor(wasm: Uint8Array, options: HostileOptions) {
    this.#options = options;
    const module = new WebAssembly.Module(wasm);
    const imports: Record<string, Record<string, (...args: (number | bigint)[]) => number>> = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      imports[from] ??= {};
      imports[from][name] = (...args) => this.#call(name, args);
    }
    const { exports } = new WebAssembly.Instance(module, imports);
    this.#exports = exports as Record<string, Guest | undefined>;
    this.memory = exports.memory as { buffer: ArrayBuffer };
    this.#exports._initialize?.();
  }

  /** Makes the callback, and those nested in it: in its midst, or afterwards where the proxy is not hostile. */
  run(planned: Event): void {
    const event = this.#answering(planned);
    const trace: Trace = [];
    this.traces.push(trace);
    const nested = [...event.nested];
    this.#running.push({ event, trace, nested });
    const result = this.#exports[event.name]?.(...event.args);
    trace.push(`${event.name}(${event.args}) = ${result}`);
    this.#running.pop();
    for (const { event } of nested) this.run(event);
  }

  /** A call of one message has one answer; a gRPC stream has several, and waits for them behind the other calls. */
  #answering(event: Event): Event {
    if (event.answers === undefined) return event;
    const calls = this.#calls.get(event.answers) ?? [];
    const call = calls.shift();
    if (!call) return { ...event, name: "no call waits", args: [] };
    const name = call.answers.shift()!;
    if (call.answers.length > 0) calls.push(call);
    return { ...event, name, args: [ROOT, call.number, 2, ...(name.endsWith("response") ? [9, 0] : [])] };
  }

  #call(name: string, args: readonly (number | bigint)[]): number {
    if (name === "random_get") return OK;
    const { event, trace, nested } = this.#running.at(-1)!;
    if (this.#options.isHostile) {
      this.#spoil(this.#allocate(24), 24);
      while (nested[0] && nested[0].before <= trace.length) this.run(nested.shift()!.event);
    }
    const given: (string | number | Uint8Array)[] = [];
    const asked: { kind: string; at: number }[] = [];
    let next = 0;
    for (const kind of FUNCTIONS[name]!) {
      const at = Number(args[next++]);
      if (kind === "n") given.push(at);
      else if (kind === "s") given.push(this.#bytes(at, Number(args[next++])));
      else {
        asked.push({ kind, at });
        if (kind === "o") asked.push({ kind: "length", at: Number(args[next++]) });
      }
    }
    const random = new Random(hash(this.#options.seed, event.name, event.args.join(), name, trace.length, ...given));
    const status = this.#status(name, asked.length > 0, random);
    const answer = status === OK ? this.#answer(name, given, event, random) : new Uint8Array();
    if (status === OK) this.#write(asked, answer, name, random);
    if (status === OK && name in ANSWERS) {
      const stream = event.answers ?? event.args[0]!;
      const number = this.#view().getUint32(Number(args.at(-1)), true);
      this.#calls.set(stream, [...(this.#calls.get(stream) ?? []), { number, answers: ANSWERS[name]!(number) }]);
    }
    if (name === "proxy_grpc_cancel") this.#forget(Number(args[0]));
    trace.push(`${name}(${given.map(show).join(", ")}) = ${status} ${show(answer)}`);
    return status;
  }

  /** Of a call that was broken off nothing more is told. */
  #forget(number: number): void {
    for (const [stream, calls] of this.#calls) {
      this.#calls.set(
        stream,
        calls.filter((call) => call.number !== number),
      );
    }
  }

  #status(name: string, isAsked: boolean, random: Random): number {
    if (name === "proxy_set_shared_data") return random.percent(25) ? CAS_MISMATCH : OK;
    const canFail = isAsked && !/log_level|time|metric|buffer|call/.test(name);
    return canFail && random.percent(10) ? NOT_FOUND : OK;
  }

  #answer(name: string, given: readonly (string | number | Uint8Array)[], event: Event, random: Random): Uint8Array {
    const last = given.at(-1);
    if (last instanceof Uint8Array && decoder.decode(last) === "x-program") return event.program;
    if (last instanceof Uint8Array && decoder.decode(last) === "plugin_root_id") return encoder.encode("http");
    if (given[0] === PLUGIN_CONFIGURATION) return encoder.encode(this.#options.configuration);
    return name.endsWith("pairs") ? somePairs(random) : someBytes(random);
  }

  #write(asked: readonly { kind: string; at: number }[], answer: Uint8Array, name: string, random: Random): void {
    for (const { kind, at } of asked) {
      if (kind === "length") this.#view().setUint32(at, answer.length, true);
      else if (kind === "d") this.#view().setBigUint64(at, BigInt(random.below(2 ** 40)), true);
      else if (kind === "w")
        this.#view().setUint32(at, name === "proxy_get_log_level" ? 0 : random.below(2 ** 30), true);
      else {
        const block = answer.length > 0 ? this.#allocate(answer.length) : 0;
        new Uint8Array(this.memory.buffer).set(answer, block);
        this.#view().setUint32(at, block, true);
      }
    }
  }

  #allocate(size: number): number {
    return this.#exports.malloc!(size) >>> 0;
  }

  #spoil(at: number, size: number): void {
    new Uint8Array(this.memory.buffer).fill(SPOILT, at, at + size);
  }

  #bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer).slice(at >>> 0, (at >>> 0) + length);
  }

  #view(): DataView {
    return new DataView(this.memory.buffer);
  }
}

function show(value: string | number | Uint8Array): string {
  if (!(value instanceof Uint8Array)) return String(value);
  return value.length > 60
    ? `${decoder.decode(value.subarray(0, 40))}…${value.length} ${hash(value)}`
    : decoder.decode(value);
}

/** Mostly text, mostly short; sometimes longer than the scratch memory, and sometimes no text. */
function someBytes(random: Random): Uint8Array {
  const length = random.percent(4) ? random.below(40_000) : random.percent(10) ? random.below(4_000) : random.below(40);
  const alphabet = random.percent(10) ? ["\ud83d\ude00", "é", "a"] : [..."abc -,x"];
  let text = "";
  while (text.length < length) text += alphabet[random.below(alphabet.length)];
  const bytes = encoder.encode(text);
  if (random.percent(5) && bytes.length > 0) bytes[random.below(bytes.length)] = 0xff;
  return bytes;
}

function somePairs(random: Random): Uint8Array {
  const texts = Array.from({ length: random.below(8) * 2 }, () => someBytes(random));
  const sizes = new Uint32Array([texts.length / 2, ...texts.map((text) => text.length)]);
  return new Uint8Array(
    Buffer.concat([new Uint8Array(sizes.buffer), ...texts.flatMap((text) => [text, Uint8Array.of(0)])]),
  );
}
