import { bytesOf } from "../byte-string.ts";
import type { GrpcCall, GrpcConnection, GrpcReceiver } from "../calls/index.ts";
import type { Clock } from "../clock.ts";
import { HeaderMap } from "../header-map.ts";
import { localReply, percentEncoded } from "../http/index.ts";
import type { Pair } from "../pairs.ts";
import { connectionLost, tookTooLong } from "./failures.ts";
import type { GrpcServerStream, GrpcStreamScript } from "./grpc-services.ts";
import { type HeadersInit, ReceivedHeaders, toBytes, toHeaderMap } from "./message.ts";

const contentType: readonly Pair[] = [
  [":status", "200"],
  ["content-type", "application/grpc"],
];

const internal = 13;

/** What Envoy's client hears of a failure on the way, as HTTP says it (source/common/router/router.cc). */
function httpFailure(status: number, message: string): HeaderMap {
  return localReply({ status, details: "", body: bytesOf(message), headers: [], grpcStatus: undefined }, true).headers;
}

/** The headers of gRPC itself, which are no metadata. */
const protocolHeaders = new Set(["te", "content-type", "grpc-timeout"]);

/** A stream between a filter and a script, without a network: all that the filter sends arrives after it has let go. */
export class ScriptedGrpcStream implements GrpcServerStream {
  readonly method: string;
  readonly metadata: ReceivedHeaders;
  readonly #receiver: GrpcReceiver;
  readonly #clock: Clock;
  readonly #run: (work: () => unknown) => void;
  #headers: HeaderMap | undefined;
  #closed = false;
  /** The filter's side. */
  readonly connection: GrpcConnection;

  /** @param run runs what a script does, and keeps what it throws */
  constructor(
    call: GrpcCall,
    script: GrpcStreamScript,
    receiver: GrpcReceiver,
    clock: Clock,
    run: (work: () => unknown) => void,
  ) {
    this.method = `${call.service}/${call.method}`;
    const entries = call.headers.entries().filter(([name]) => !protocolHeaders.has(name));
    this.metadata = new ReceivedHeaders(new HeaderMap("request", entries));
    this.#receiver = receiver;
    this.#clock = clock;
    this.#run = run;
    this.connection = {
      send: (message) => this.after(0, () => script.onMessage?.(this, message)),
      end: () => this.after(0, () => (script.onEnd ? script.onEnd(this) : this.close())),
      reset: () => {
        this.#closed = true;
      },
    };
    this.after(0, () => script.onOpen?.(this));
    if (call.timeout > 0) this.after(call.timeout, () => this.#fail(504, tookTooLong, "response_timeout"));
  }

  sendMetadata(metadata: HeadersInit): void {
    if (this.#closed || this.#headers) return;
    this.#headers = toHeaderMap("response", contentType, metadata);
    this.#receiver.onInitialMetadata(this.#headers);
  }

  send(message: string | Uint8Array): void {
    this.sendMetadata({});
    if (!this.#closed) this.#receiver.onMessage(toBytes(message));
  }

  close(end: Parameters<GrpcServerStream["close"]>[0] = {}): void {
    const trailers = toHeaderMap("trailers", this.#headers ? [] : contentType);
    trailers.add("grpc-status", String(end.status ?? 0));
    if (end.statusMessage) trailers.add("grpc-message", percentEncoded(toBytes(end.statusMessage)));
    for (const [name, value] of toHeaderMap("trailers", [], end.trailers).entries()) trailers.add(name, value);
    this.#close(trailers, "via_upstream");
  }

  reset(): void {
    const when = this.#headers ? "after" : "before";
    this.#fail(503, connectionLost, `upstream_reset_${when}_response_started{connection_termination}`);
  }

  after(ms: number, action: () => void): void {
    this.#clock.after(ms, () => {
      if (!this.#closed) this.#run(action);
    });
  }

  #close(trailers: HeaderMap, details: string): void {
    if (this.#closed) return;
    // A server that has nothing but a status to say sends it in its headers, and the client takes them for trailers.
    if (!this.#headers) this.#receiver.onInitialMetadata(new HeaderMap("response"));
    this.#closed = true;
    const status = Number(trailers.get("grpc-status"));
    this.#receiver.onClose(status, details, trailers);
  }

  /** Envoy's own client makes an answer of HTTP of it, said in gRPC, unless there is half an answer already. */
  #fail(status: number, message: string, details: string): void {
    if (this.#closed) return;
    if (!this.#headers) {
      this.#close(httpFailure(status, message), details);
      return;
    }
    this.#closed = true;
    this.#receiver.onClose(internal, details, new HeaderMap("trailers"));
  }
}
