import type { HeaderMap } from "../header-map.ts";

/** The services that a filter may call. */
export interface Clusters {
  has(name: string): boolean;
  /**
   * Sends the call. `done` is called at most once, never before `send` has returned: with the response, or with nothing
   * where the connection broke. After the returned function was called it is not called any more.
   */
  send(call: HttpCall, done: (response: HttpCallResponse | undefined) => void): () => void;
  /** Opens a gRPC stream, also for a call of one message. The receiver is never told anything before this has returned. */
  openGrpc(call: GrpcCall, receiver: GrpcReceiver): GrpcConnection;
}

export interface HttpCall {
  readonly cluster: string;
  readonly headers: HeaderMap;
  readonly body: Uint8Array;
  readonly trailers: HeaderMap | undefined;
  /** Milliseconds; 0 is none. */
  readonly timeout: number;
}

export interface HttpCallResponse {
  readonly headers: HeaderMap;
  readonly body: Uint8Array;
  readonly trailers: HeaderMap | undefined;
}

export interface GrpcCall {
  readonly cluster: string;
  /** `package.Service`. */
  readonly service: string;
  readonly method: string;
  /** All headers of the request: those of gRPC, and the metadata of the guest. */
  readonly headers: HeaderMap;
  /** Milliseconds; 0 is none. */
  readonly timeout: number;
}

/** What becomes of a gRPC stream, in this order; messages are the bytes of protobuf messages. */
export interface GrpcReceiver {
  onInitialMetadata(metadata: HeaderMap): void;
  onMessage(message: Uint8Array): void;
  /**
   * Nothing follows. `status` is gRPC's, 0 is OK.
   * @param details why the stream ended, as the proxy names it: `via_upstream` where the server ended it
   */
  onClose(status: number, details: string, trailers: HeaderMap): void;
}

/** The sending side of a gRPC stream. */
export interface GrpcConnection {
  send(message: Uint8Array): void;
  /** Nothing more is sent. */
  end(): void;
  /** Nothing more is wanted; the receiver is told nothing any more. */
  reset(): void;
}
