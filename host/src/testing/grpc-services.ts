import type { HeadersInit, ReceivedHeaders } from "./message.ts";

/** The answer to a call of one message; `"reset"` breaks the connection instead. */
export type GrpcReply =
  | {
      /** The protobuf message as bytes; none where not given, which with status 0 is an error for the caller. */
      readonly message?: string | Uint8Array;
      /** gRPC's status code; 0, OK, where not given. */
      readonly status?: number;
      readonly statusMessage?: string;
      /** Initial metadata. */
      readonly metadata?: HeadersInit;
      /** Trailing metadata. */
      readonly trailers?: HeadersInit;
      /** Milliseconds of the filter's clock until the answer. */
      readonly delay?: number;
    }
  | "reset";

/** A call as a script sees it. */
export interface GrpcRequest {
  /** `package.Service/Method`. */
  readonly method: string;
  /** What the filter sent as metadata, without the headers of gRPC itself. */
  readonly metadata: ReceivedHeaders;
  /** The bytes of its first message; empty where it sent none. */
  readonly message: Uint8Array;
}

/** The server's side of a gRPC stream, for a script. */
export interface GrpcServerStream {
  /** `package.Service/Method`. */
  readonly method: string;
  readonly metadata: ReceivedHeaders;
  /** Sends initial metadata; without it, the first message or the end does. */
  sendMetadata(metadata: HeadersInit): void;
  send(message: string | Uint8Array): void;
  /** Ends the stream: with status 0 where none is given. */
  close(end?: { readonly status?: number; readonly statusMessage?: string; readonly trailers?: HeadersInit }): void;
  /** Breaks the connection. */
  reset(): void;
  /** Does something later, in milliseconds of the filter's clock. */
  after(ms: number, action: () => void): void;
}

/** What a server does with a stream: each function is called as things happen. */
export interface GrpcStreamScript {
  readonly onOpen?: (stream: GrpcServerStream) => void;
  readonly onMessage?: (stream: GrpcServerStream, message: Uint8Array) => void;
  /** The filter sends no more; the stream is closed with status 0 where there is no such function. */
  readonly onEnd?: (stream: GrpcServerStream) => void;
}

/** One method of a scripted server. */
export type GrpcMethod = GrpcReply | ((request: GrpcRequest) => GrpcReply | Promise<GrpcReply>) | GrpcStreamScript;

/** A scripted gRPC server; {@link grpc} makes it. */
export class GrpcService {
  readonly methods: Readonly<Record<string, GrpcMethod>>;

  constructor(methods: Readonly<Record<string, GrpcMethod>>) {
    this.methods = methods;
  }

  /** What the server does with a stream of that method, as a script of streams. */
  script(method: string): GrpcStreamScript {
    const found = Object.hasOwn(this.methods, method) ? this.methods[method]! : unimplemented(method);
    const isStream = typeof found === "object" && ("onOpen" in found || "onMessage" in found || "onEnd" in found);
    return isStream ? found : answering(found as Exclude<GrpcMethod, GrpcStreamScript>);
  }
}

/**
 * A gRPC server for `clusters`, its methods by `package.Service/Method`. Messages are the bytes of protobuf messages.
 *
 *     load(module, { clusters: { auth: grpc({ "auth.Auth/Check": ({ message }) => ({ message: verdictOn(message) }) }) } });
 */
export function grpc(methods: Readonly<Record<string, GrpcMethod>>): GrpcService {
  return new GrpcService(methods);
}

/** As grpc-js's server says it. */
function unimplemented(method: string): GrpcReply {
  return { status: 12, statusMessage: `The server does not implement the method /${method}` };
}

/** A script that answers once it has the whole request. */
function answering(method: Exclude<GrpcMethod, GrpcStreamScript>): GrpcStreamScript {
  const first = new WeakMap<GrpcServerStream, Uint8Array>();
  return {
    onMessage: (stream, message) => {
      if (!first.has(stream)) first.set(stream, message);
    },
    onEnd: async (stream) => {
      const { method: name, metadata } = stream;
      const message = first.get(stream) ?? new Uint8Array(0);
      const reply = typeof method === "function" ? await method({ method: name, metadata, message }) : method;
      if (reply === "reset") return stream.reset();
      stream.after(reply.delay ?? 0, () => {
        if (reply.metadata) stream.sendMetadata(reply.metadata);
        if (reply.message !== undefined) stream.send(reply.message);
        stream.close(reply);
      });
    },
  };
}
