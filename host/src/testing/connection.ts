import type { Plugin } from "../plugin.ts";
import type { Properties } from "../properties.ts";
import type { TcpConnection } from "../tcp/index.ts";
import { ReceivedBody, toBytes } from "./message.ts";

export interface ConnectOptions {
  /** Properties of this connection, over those of the filter. */
  readonly properties?: Properties;
}

/** One end of a connection: what it received, and what it can do. */
class End {
  readonly #pieces: Uint8Array[] = [];
  readonly #send: (data: Uint8Array, endOfStream: boolean) => void;
  readonly #close: () => void;
  #ended = false;
  #closed = false;

  constructor(send: (data: Uint8Array, endOfStream: boolean) => void, close: () => void) {
    this.#send = send;
    this.#close = close;
  }

  /** All that arrived. */
  get received(): Uint8Array {
    return new ReceivedBody(this.#pieces, Number.POSITIVE_INFINITY).bytes;
  }

  text(): string {
    return new ReceivedBody(this.#pieces, Number.POSITIVE_INFINITY).text();
  }

  /** Whether the other side has said that it sends no more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether the connection is closed. */
  get closed(): boolean {
    return this.#closed;
  }

  send(data: string | Uint8Array): void {
    this.#send(toBytes(data), false);
  }

  /** Sends no more (FIN). */
  end(data: string | Uint8Array = ""): void {
    this.#send(toBytes(data), true);
  }

  /** Goes away. */
  close(): void {
    this.#close();
  }

  arrived(data: Uint8Array, endOfStream: boolean): void {
    if (data.length > 0) this.#pieces.push(data);
    this.#ended ||= endOfStream;
  }

  hasClosed(): void {
    this.#closed = true;
  }
}

export type { End as ConnectionEnd };

/** A TCP connection through the filter: this is the client's end, {@link upstream} the other. */
export class TestedConnection extends End {
  readonly #connection: TcpConnection;
  #upstream: End | undefined;

  constructor(plugin: Plugin, properties: Properties) {
    super(
      (data, endOfStream) => this.#connection.clientData(data, endOfStream),
      () => this.#connection.clientClosed(),
    );
    this.#connection = plugin.connect({
      properties,
      client: {
        data: (data, endOfStream) => this.arrived(data, endOfStream),
        closed: () => this.hasClosed(),
      },
      upstream: {
        connect: () => this.#connect(),
        data: (data, endOfStream) => this.#upstream?.arrived(data, endOfStream),
        closed: () => this.#upstream?.hasClosed(),
      },
    });
    this.#connection.open();
  }

  /** The upstream's end; undefined until the filter lets the connection through. */
  get upstream(): End | undefined {
    return this.#upstream;
  }

  /** What the filter left on the connection, as text: `envoy.tcp_proxy.cluster`, `wasm.` and its own properties. */
  get filterState(): ReadonlyMap<string, string> {
    return this.#connection.filterState.texts();
  }

  #connect(): void {
    this.#upstream = new End(
      (data, endOfStream) => this.#connection.upstreamData(data, endOfStream),
      () => this.#connection.upstreamClosed(),
    );
    // Not inside of the callback that let it through.
    this.#connection.connected();
  }
}
