import { Body } from "../body.ts";
import { FilterState } from "../filter-state.ts";
import { findProperty, type Properties, type PropertyValue } from "../properties.ts";
import type { RootContext } from "../root-context.ts";
import { type ConnectionControl, PeerType, TcpContext } from "./context.ts";

/** The client's end of a connection: what the filter let pass arrives here. */
export interface TcpClient {
  data(data: Uint8Array, endOfStream: boolean): void;
  /** The proxy closed the connection, or both sides had ended. */
  closed(): void;
}

/** The upstream's end. */
export interface TcpUpstream {
  /** The filter lets the connection pass. The owner calls {@link TcpConnection.connected} when it stands. */
  connect(): void;
  data(data: Uint8Array, endOfStream: boolean): void;
  /** The client's connection is no more. */
  closed(): void;
}

export interface TcpConnectionOptions {
  readonly client: TcpClient;
  readonly upstream: TcpUpstream;
  readonly properties: Properties;
}

/**
 * One TCP connection on its way through one filter and on to an upstream, as Envoy's filter manager and its TCP proxy take
 * it (source/common/network/filter_manager_impl.cc, source/common/tcp_proxy/tcp_proxy.cc). Nothing is read from
 * the client before the upstream is connected. What a callback holds stays, and is shown to the next one with what
 * came since; only what the client sent can be let go on later.
 */
export class TcpConnection implements ConnectionControl {
  readonly filterState = new FilterState();
  readonly #options: TcpConnectionOptions;
  readonly #context: TcpContext | undefined;
  readonly #read = new Body();
  readonly #written = new Body();
  #state: "new" | "connecting" | "connected" | "closed" = "new";
  #readEnded = false;
  #readEndPassed = false;
  #clientEnded = false;
  #upstreamEndPassed = false;

  /** @param root the filter's root, or undefined where the failure policy lets connections pass without it. */
  constructor(root: RootContext | undefined, options: TcpConnectionOptions) {
    this.#options = options;
    this.#context = root && new TcpContext(root, this);
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  /** The client has connected. */
  open(): void {
    const goesOn = this.#context?.onNewConnection() ?? true;
    if (goesOn) this.#connect();
  }

  /** The upstream is there, so that data can pass. */
  connected(): void {
    if (this.#state !== "connecting") return;
    this.#state = "connected";
    this.#filterRead();
  }

  /** @param endOfStream the client sends no more */
  clientData(data: Uint8Array, endOfStream: boolean): void {
    if (this.isClosed || this.#clientEnded) return;
    this.#read.append(data);
    this.#clientEnded = endOfStream;
    if (this.#state === "connected") this.#filterRead();
  }

  /** @param endOfStream the upstream sends no more */
  upstreamData(data: Uint8Array, endOfStream: boolean): void {
    if (this.#state !== "connected" || this.#upstreamEndPassed) return;
    this.#written.append(data);
    const goesOn = this.#context?.onUpstreamData(this.#written, endOfStream) ?? true;
    if (!goesOn || this.isClosed) return;
    this.#upstreamEndPassed = endOfStream;
    this.#options.client.data(take(this.#written), endOfStream);
    if (endOfStream && this.#readEnded) this.#closed(PeerType.Local);
  }

  /** The client went away altogether. */
  clientClosed(): void {
    this.#closed(PeerType.Remote);
  }

  /** The upstream went away altogether: the proxy closes the client's connection. */
  upstreamClosed(): void {
    this.close();
  }

  close(): void {
    this.#closed(PeerType.Local);
  }

  continueReading(): void {
    if (this.isClosed) return;
    if (this.#state === "new") this.#connect();
    else if (this.#state === "connected") this.#passRead();
  }

  property(path: string): PropertyValue | undefined {
    const given = findProperty(this.#options.properties, path);
    return given ?? this.filterState.property(path.split("\0"));
  }

  #connect(): void {
    if (this.#state !== "new") return;
    this.#state = "connecting";
    this.#options.upstream.connect();
  }

  #filterRead(): void {
    if (this.#read.length === 0 && !this.#clientEnded) return;
    this.#readEnded = this.#clientEnded;
    const goesOn = this.#context?.onDownstreamData(this.#read, this.#clientEnded) ?? true;
    if (goesOn && !this.isClosed) this.#passRead();
  }

  #passRead(): void {
    if ((this.#read.length === 0 && !this.#readEnded) || this.#readEndPassed) return;
    this.#readEndPassed = this.#readEnded;
    this.#options.upstream.data(take(this.#read), this.#readEnded);
    if (this.#readEnded && this.#upstreamEndPassed) this.#closed(PeerType.Remote);
  }

  #closed(by: PeerType): void {
    if (this.isClosed) return;
    this.#state = "closed";
    this.#context?.onDownstreamClose(by);
    this.#options.client.closed();
    this.#options.upstream.closed();
  }
}

function take(body: Body): Uint8Array {
  const { bytes } = body;
  body.drain(bytes.length);
  return bytes;
}
