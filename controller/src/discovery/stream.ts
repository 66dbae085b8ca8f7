import { type DiscoveryRequest, extensionConfigType } from "./proto.ts";
import type { Offer, ProxyEvidence, Slot } from "./slot.ts";

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
const mostRefusals = 4;
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
  /** Envoy's reasons by version, the latest last. */
  readonly #refused = new Map<string, string>();
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

  /**
   * What the proxy is to be sent: the slot's offer, unless it runs or refused that. A proxy that refused it and runs nothing, since it
   * started meanwhile, is to get what others run.
   */
  get due(): Offer | undefined {
    const { offer, proven, uid } = this.#slot ?? {};
    if (offer === undefined || uid !== this.#uid || this.#running === offer.content.version) return undefined;
    if (!this.#refused.has(offer.content.version)) return offer;
    if (this.#running !== undefined || proven === undefined) return undefined;
    return this.#refused.has(proven.content.version) ? undefined : proven;
  }

  evidence(): ProxyEvidence {
    const version = this.#slot?.offer?.content.version ?? "";
    const message = this.#refused.get(version);
    return {
      node: this.#node,
      ...(this.#running === undefined ? {} : { running: this.#running }),
      ...(message === undefined ? {} : { refused: { version, message } }),
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
    if (this.#sending || this.#asked !== undefined || this.due === undefined) return;
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
    if (request.error_detail === null) this.#acknowledged(version);
    else this.#refuses(version, start(request.error_detail.message, longestMessage));
    if (this.#slot !== undefined) this.#host.changed(this.#slot);
    this.refresh();
  }

  #acknowledged(version: string): void {
    this.#running = version;
    const { offer } = this.#slot ?? {};
    if (this.#slot === undefined || offer?.content.version !== version) return;
    this.#slot.proven = offer;
    this.#refused.clear();
  }

  #refuses(version: string, message: string): void {
    this.#refused.delete(version);
    this.#refused.set(version, message);
    const [oldest] = this.#refused.keys();
    if (this.#refused.size > mostRefusals && oldest !== undefined) this.#refused.delete(oldest);
  }
}

/** The first characters, as a string of their own: V8's slices keep the whole that they are cut from. */
function start(text: string, length: number): string {
  return text.length <= length ? text : Buffer.from(text.slice(0, length)).toString();
}
