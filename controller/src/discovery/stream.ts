import { type DiscoveryRequest, extensionConfigType } from "./proto.ts";
import type { ProxyEvidence, Slot } from "./slot.ts";

/** Why a request is refused, in terms that the transport turns into its status. */
export type Refusal = { readonly kind: "invalid" | "unauthenticated"; readonly message: string };

/** How a stream asks for its slot and for its turn to be answered. */
export interface StreamHost {
  /** The slot that the proxy asked for and the uid of the resource that its token is for, or why it may not have it. */
  slot(name: string, stream: ProxyStream): { slot: Slot; uid: string } | Refusal;
  /** Sends the slot's present content in this stream when there is room, and then calls {@link ProxyStream.sent}. */
  send(stream: ProxyStream): void;
  /** What is known of the slot's proxies has changed. */
  changed(slot: Slot): void;
}

const longestMessage = 4096;
const longestNode = 1024;
const longestVersion = 64;

/**
 * The state of one stream, after xDS's state-of-the-world protocol: the first request names node and resource, each later one
 * acknowledges or refuses the answer whose nonce it carries, and one with another nonce is stale
 * (envoyproxy.io, "xDS REST and gRPC protocol").
 *
 * One answer is under way at most. What is published meanwhile is sent after the proxy has spoken: it gets the newest, and none in between.
 */
export class ProxyStream {
  readonly #host: StreamHost;
  #slot: Slot | undefined;
  #uid: string | undefined;
  #node = "";
  #running: string | undefined;
  #refused: { version: string; message: string } | undefined;
  #asked: { version: string; nonce: string } | undefined;
  #sending = false;

  constructor(host: StreamHost) {
    this.#host = host;
  }

  get slot(): Slot | undefined {
    return this.#slot;
  }

  /** The uid of the resource that the proxy's token is for. */
  get uid(): string | undefined {
    return this.#uid;
  }

  evidence(): ProxyEvidence {
    return {
      node: this.#node,
      ...(this.#running === undefined ? {} : { running: this.#running }),
      ...(this.#refused === undefined ? {} : { refused: this.#refused }),
    };
  }

  /** Takes a request. A refusal ends the stream. */
  receive(request: DiscoveryRequest): Refusal | undefined {
    if (this.#slot === undefined) return this.#open(request);
    if (request.resource_names.length > 0 && !this.#asksFor(request.resource_names)) {
      return { kind: "invalid", message: "a stream asks for one extension, and for the same one as long as it lives" };
    }
    if (this.#asked === undefined || request.response_nonce !== this.#asked.nonce) return undefined;
    this.#answer(this.#asked.version, request);
    return undefined;
  }

  /** The slot has new content. */
  refresh(): void {
    const version = this.#slot?.content?.version;
    // Where the proxy refused this very version it would do so again.
    if (version === undefined || this.#sending || this.#asked !== undefined) return;
    if (this.#slot?.uid !== this.#uid) return;
    if (version === this.#running || version === this.#refused?.version) return;
    this.#sending = true;
    this.#host.send(this);
  }

  /** The answer has been written, or could not be (`version` undefined) and is to be tried again. */
  sent(version: string | undefined, nonce: string): void {
    this.#sending = false;
    if (version !== undefined) this.#asked = { version, nonce };
  }

  close(): void {
    const slot = this.#slot;
    if (slot === undefined) return;
    slot.streams.delete(this);
    this.#host.changed(slot);
  }

  #open(request: DiscoveryRequest): Refusal | undefined {
    if (request.type_url !== "" && request.type_url !== extensionConfigType) {
      return { kind: "invalid", message: `${request.type_url} is not served here, only ${extensionConfigType}` };
    }
    const [name, ...others] = request.resource_names;
    if (name === undefined || others.length > 0)
      return { kind: "invalid", message: "a stream asks for just one extension" };
    const found = this.#host.slot(name, this);
    if ("kind" in found) return found;
    this.#slot = found.slot;
    this.#uid = found.uid;
    this.#node = start(request.node?.id ?? "", longestNode);
    // A proxy that comes back says what it runs. What is longer is no version of ours, and would be kept as long as the stream lives.
    const { version_info: running } = request;
    if (running !== "" && running.length <= longestVersion) this.#running = running;
    found.slot.streams.add(this);
    this.#host.changed(found.slot);
    this.refresh();
    return undefined;
  }

  #asksFor(names: readonly string[]): boolean {
    return names.length === 1 && names[0]?.endsWith(`/${this.#slot?.key}`) === true;
  }

  #answer(version: string, request: DiscoveryRequest): void {
    this.#asked = undefined;
    if (request.error_detail === null) {
      this.#running = version;
      this.#refused = undefined;
    } else {
      this.#refused = { version, message: start(request.error_detail.message, longestMessage) };
    }
    if (this.#slot !== undefined) this.#host.changed(this.#slot);
    this.refresh();
  }
}

/** The first characters, as a string of their own: V8's slices keep the whole that they are cut from. */
function start(text: string, length: number): string {
  return text.length <= length ? text : Buffer.from(text.slice(0, length)).toString();
}
