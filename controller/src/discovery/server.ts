import {
  type Metadata,
  Server,
  type ServerCredentials,
  type ServerDuplexStream,
  type ServiceDefinition,
  status,
} from "@grpc/grpc-js";
import { Answers } from "./answers.ts";
import { Pace } from "./pace.ts";
import { type DiscoveryRequest, decodeRequest } from "./proto.ts";
import { type ProxyEvidence, Slot, type SlotContent } from "./slot.ts";
import { ProxyStream, type Refusal, type StreamHost } from "./stream.ts";
import { keyOfExtension, uidOfToken } from "./token.ts";

type Call = ServerDuplexStream<DiscoveryRequest, Buffer>;

const identity = (bytes: Buffer): Buffer => bytes;

/** The service as Envoy defines it (envoy/service/extension/v3/config_discovery.proto). Answers are bytes already. */
export const service = {
  StreamExtensionConfigs: {
    path: "/envoy.service.extension.v3.ExtensionConfigDiscoveryService/StreamExtensionConfigs",
    requestStream: true,
    responseStream: true,
    requestSerialize: () => Buffer.alloc(0),
    requestDeserialize: decodeRequest,
    responseSerialize: identity,
    responseDeserialize: identity,
  },
} satisfies ServiceDefinition;

/** How the server is to behave. All times are milliseconds, all sizes bytes. */
export interface DiscoveryOptions {
  readonly credentials: ServerCredentials;
  /** The key that the proxies' tokens follow from. */
  readonly tokenKey: Uint8Array;
  /** What the proxies said of a resource has changed. Called at most once in `settle` for each resource. */
  readonly onEvidence?: (key: string) => void;
  readonly onError?: (error: unknown, key: string) => void;
  readonly settle?: number;
  /** Streams beyond this number are turned away. */
  readonly maxStreams?: number;
  /** How much may be under way to proxies at a time; see {@link Pace}. */
  readonly maxUnderWay?: number;
  /** How much of encoded answers is kept. */
  readonly maxKept?: number;
}

const firstRequestWithin = 15_000;
const takenWithin = 60_000;
const encodeAgainAfter = 5_000;

const channelOptions = {
  "grpc.keepalive_time_ms": 30_000,
  "grpc.keepalive_timeout_ms": 15_000,
  "grpc.max_concurrent_streams": 1_000,
  // A request carries the proxy's metadata, which in a mesh is some tens of kilobytes; nothing else in it is long.
  "grpc.max_receive_message_length": 1024 * 1024,
};

/**
 * The proxies' extension config server. A proxy asks by the name of a resource and with its token, and is answered with what was
 * {@link publish}ed; while nothing is, the stream is held in silence, since anything else would be an answer that breaks traffic.
 */
export class DiscoveryServer implements StreamHost {
  readonly #options: DiscoveryOptions;
  readonly #slots = new Map<string, Slot>();
  readonly #calls = new Map<ProxyStream, Call>();
  readonly #changed = new Map<string, NodeJS.Timeout>();
  readonly #answers: Answers;
  readonly #pace: Pace;
  readonly #server = new Server(channelOptions);
  #published = 0;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
    this.#answers = new Answers(options.maxKept ?? 64 * 1024 * 1024);
    this.#pace = new Pace(options.maxUnderWay ?? 128 * 1024 * 1024);
    this.#server.addService(service, { StreamExtensionConfigs: (call: Call) => this.#accept(call) });
  }

  /** Listens at `HOST:PORT` and resolves with the port. */
  async listen(address: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, this.#options.credentials, (error, port) =>
        error ? reject(error) : resolve(port),
      );
    });
  }

  get streams(): number {
    return this.#calls.size;
  }

  /** From now on the proxies of the resource `key`, the one with this uid, are to run `content`. Without effect where they are to already. */
  publish(key: string, uid: string, content: SlotContent): void {
    const slot = this.#slotOf(key);
    if (slot.offer?.content.version === content.version && slot.uid === uid) return;
    if (slot.uid !== uid) slot.proven = undefined;
    if (slot.offer !== undefined && slot.offer !== slot.proven) this.#answers.drop(slot.offer);
    this.#published += 1;
    slot.offer = { content, nonce: `${content.version}.${this.#published}` };
    slot.uid = uid;
    for (const stream of slot.streams) stream.refresh();
  }

  /** Forgets what `key` was to run. Its streams stay open in silence: the proxies lose the slot with the EnvoyFilter. */
  withdraw(key: string): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    for (const offer of [slot.offer, slot.proven]) if (offer !== undefined) this.#answers.drop(offer);
    slot.offer = slot.proven = undefined;
    this.#forgetUnused(slot);
  }

  /** The version that the proxies of `key` are to run, if any. */
  version(key: string): string | undefined {
    return this.#slots.get(key)?.offer?.content.version;
  }

  /** What the connected proxies of the resource `key`, the one with this uid, said. */
  evidence(key: string, uid: string): ProxyEvidence[] {
    return this.#slots.get(key)?.evidence(uid) ?? [];
  }

  /** Ends all streams, so that the proxies turn to another replica, then stops. */
  async stop(): Promise<void> {
    for (const timer of this.#changed.values()) clearTimeout(timer);
    this.#changed.clear();
    for (const call of this.#calls.values()) end(call, status.UNAVAILABLE, "the controller is stopping");
    await new Promise<void>((resolve) => {
      const force = setTimeout(() => {
        this.#server.forceShutdown();
        resolve();
      }, 2_000);
      this.#server.tryShutdown(() => {
        clearTimeout(force);
        resolve();
      });
    });
  }

  slot(name: string, stream: ProxyStream): { slot: Slot; uid: string } | Refusal {
    const key = keyOfExtension(name);
    if (key === undefined) return { kind: "invalid", message: "not the name of an extension that is served here" };
    const call = this.#calls.get(stream);
    const header = call === undefined ? "" : bearer(call.metadata);
    const uid = uidOfToken(this.#options.tokenKey, key, header);
    if (uid !== undefined) return { slot: this.#slotOf(key), uid };
    return { kind: "unauthenticated", message: `the token is not the one for ${name}` };
  }

  send(stream: ProxyStream): void {
    this.#deliver(stream).catch((error: unknown) => {
      const key = stream.slot?.key ?? "";
      this.#options.onError?.(error, key);
      stream.sent(undefined, "");
      setTimeout(() => stream.refresh(), encodeAgainAfter).unref();
    });
  }

  changed(slot: Slot): void {
    if (this.#changed.has(slot.key)) return;
    const tell = (): void => {
      this.#changed.delete(slot.key);
      this.#options.onEvidence?.(slot.key);
    };
    this.#changed.set(slot.key, setTimeout(tell, this.#options.settle ?? 200));
    this.#forgetUnused(slot);
  }

  #slotOf(key: string): Slot {
    const slot = this.#slots.get(key) ?? new Slot(key);
    this.#slots.set(key, slot);
    return slot;
  }

  #forgetUnused(slot: Slot): void {
    if (slot.offer === undefined && slot.streams.size === 0) this.#slots.delete(slot.key);
  }

  #accept(call: Call): void {
    const full = this.#calls.size >= (this.#options.maxStreams ?? 50_000);
    if (full) end(call, status.RESOURCE_EXHAUSTED, "too many streams");
    else if (bearer(call.metadata) === "") end(call, status.UNAUTHENTICATED, "no bearer token");
    else this.#converse(call);
  }

  #converse(call: Call): void {
    const stream = new ProxyStream(this);
    this.#calls.set(stream, call);
    const silent = setTimeout(() => end(call, status.DEADLINE_EXCEEDED, "no request came"), firstRequestWithin);
    const closed = (): void => {
      clearTimeout(silent);
      if (this.#calls.delete(stream)) stream.close();
    };
    call.on("data", (request: DiscoveryRequest) => {
      clearTimeout(silent);
      const refusal = stream.receive(request);
      if (refusal !== undefined) end(call, codes[refusal.kind], refusal.message);
    });
    call.on("end", () => call.end());
    for (const event of ["end", "cancelled", "close", "error"]) call.on(event, closed);
  }

  /** Waits for room, then writes what is newest by then. */
  async #deliver(stream: ProxyStream): Promise<void> {
    const { slot, due } = stream;
    if (slot === undefined || due === undefined) return stream.sent(undefined, "");
    // Its length alone: what waits must not keep the bytes.
    const { length } = (await this.#answers.get(due)).bytes;
    await this.#pace.run(slot.key, length, async () => {
      const newest = stream.due;
      const answer = newest && (await this.#answers.get(newest));
      const call = this.#calls.get(stream);
      if (answer === undefined || call === undefined) return stream.sent(undefined, "");
      stream.sent(answer.version, answer.nonce);
      await written(call, answer.bytes);
    });
  }
}

const codes = { invalid: status.INVALID_ARGUMENT, unauthenticated: status.UNAUTHENTICATED };

function bearer(metadata: Metadata): string {
  return String(metadata.get("authorization")[0] ?? "");
}

function end(call: Call, code: status, details: string): void {
  call.emit("error", Object.assign(new Error(details), { code, details }));
}

/** Resolves when the proxy's side has taken the bytes, or will never do so. */
async function written(call: Call, bytes: Buffer): Promise<void> {
  await new Promise<void>((resolve) => {
    const slow = setTimeout(() => end(call, status.DEADLINE_EXCEEDED, "the answer was not taken"), takenWithin);
    const over = (): void => {
      clearTimeout(slow);
      for (const event of ["cancelled", "close", "error"]) call.off(event, over);
      resolve();
    };
    for (const event of ["cancelled", "close", "error"]) call.on(event, over);
    call.write(bytes, over);
  });
}
