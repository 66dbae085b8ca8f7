import { promisify } from "node:util";
import { HeaderMap } from "@asmfilter/host";
import { type GrpcServerStream, type GrpcService, type HeadersInit, ReceivedHeaders } from "@asmfilter/host/testing";
import { Server as GrpcJsServer, Metadata, ServerCredentials, type ServerDuplexStream } from "@grpc/grpc-js";
import type { ClusterServer } from "./cluster-server.ts";
import { headerPairs } from "./wire.ts";

type Stream = ServerDuplexStream<Uint8Array, Uint8Array>;

const asBytes = (bytes: Uint8Array): Buffer => Buffer.from(bytes);

/** A real gRPC server that plays a script. */
export class GrpcServer implements ClusterServer {
  readonly protocol = "http2";
  readonly #server = new GrpcJsServer();

  constructor(service: GrpcService) {
    for (const method of Object.keys(service.methods)) {
      const script = service.script(method);
      const play = (stream: Stream): void => {
        const side = new ServerSide(method, stream, () => this.stop());
        script.onOpen?.(side);
        stream.on("data", (message: Uint8Array) => script.onMessage?.(side, new Uint8Array(message)));
        stream.on("end", () => (script.onEnd ? script.onEnd(side) : side.close()));
        // The filter may break its call off.
        stream.on("error", () => {});
      };
      // On the wire, a call of one message is a stream as well.
      const definition = {
        path: `/${method}`,
        requestStream: true,
        responseStream: true,
        requestSerialize: asBytes,
        requestDeserialize: asBytes,
        responseSerialize: asBytes,
        responseDeserialize: asBytes,
      } as const;
      this.#server.addService({ [method]: definition }, { [method]: play });
    }
  }

  async start(): Promise<number> {
    const bind = promisify(this.#server.bindAsync.bind(this.#server)) as (
      address: string,
      credentials: ServerCredentials,
    ) => Promise<number>;
    return bind("127.0.0.1:0", ServerCredentials.createInsecure());
  }

  stop(): void {
    this.#server.forceShutdown();
  }
}

/** A stream as scripts have it, over grpc-js. */
class ServerSide implements GrpcServerStream {
  readonly method: string;
  readonly metadata: ReceivedHeaders;
  readonly #stream: Stream;
  readonly reset: () => void;

  constructor(method: string, stream: Stream, reset: () => void) {
    this.method = method;
    this.#stream = stream;
    this.reset = reset;
    const pairs = Object.entries(stream.metadata.getMap()).map(([name, value]) => [name, String(value)] as const);
    this.metadata = new ReceivedHeaders(new HeaderMap("request", pairs));
  }

  sendMetadata(metadata: HeadersInit): void {
    this.#stream.sendMetadata(metadataOf(metadata));
  }

  send(message: string | Uint8Array): void {
    this.#stream.write(Buffer.from(message as string));
  }

  close({ status = 0, statusMessage = "", trailers }: Parameters<GrpcServerStream["close"]>[0] = {}): void {
    const metadata = metadataOf(trailers);
    // So that it says "OK" only where the script does.
    this.#stream.emit("error", { code: status, details: statusMessage, metadata });
  }

  after(ms: number, action: () => void): void {
    setTimeout(action, ms);
  }
}

function metadataOf(headers: HeadersInit = {}): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of headerPairs(headers)) metadata.add(name, value);
  return metadata;
}
