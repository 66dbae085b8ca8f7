import type { Clusters, GrpcCall, GrpcConnection, GrpcReceiver, HttpCall, HttpCallResponse } from "../calls/index.ts";
import type { HeaderMap } from "../header-map.ts";
import { received, type UpstreamRequest } from "./exchange.ts";
import { connectionLost, tookTooLong } from "./failures.ts";
import { GrpcService, type GrpcStreamScript } from "./grpc-services.ts";
import { ScriptedGrpcStream } from "./grpc-stream.ts";
import { addContentLength, type BodyInit, type HeadersInit, piecesOf, ReceivedBody, toHeaderMap } from "./message.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** What a scripted service answers. */
export interface ServiceResponse {
  /** 200 where not given. */
  readonly status?: number;
  readonly headers?: HeadersInit;
  readonly body?: BodyInit;
  readonly trailers?: HeadersInit;
}

/** A scripted service: always the same answer, or one made from the request. */
export type Service = ServiceResponse | ((request: UpstreamRequest) => ServiceResponse | Promise<ServiceResponse>);

/**
 * What a service answers that the filter calls. It may take its time, in milliseconds of the filter's clock; `reset` breaks the
 * connection before there is an answer, which Envoy makes a 503 of; `incomplete` in the middle of one, which is no answer at
 * all: `proxy_on_http_call_response` without headers, and status 11 (BrokenConnection).
 */
export type ClusterResponse = (ServiceResponse & { readonly delay?: number }) | "reset" | "incomplete";
export type Cluster =
  | ClusterResponse
  | ((request: UpstreamRequest) => ClusterResponse | Promise<ClusterResponse>)
  | GrpcService;

/** The clusters that a filter may call, each a script. */
export class ScriptedClusters implements Clusters {
  readonly #clusters: Readonly<Record<string, Cluster>>;
  readonly #clock: VirtualClock;
  /** Calls whose script has not answered yet. */
  pending = 0;
  /** What a script threw, to be shown by whoever waits for a reply. */
  error: unknown;

  constructor(clusters: Readonly<Record<string, Cluster>>, clock: VirtualClock) {
    this.#clusters = clusters;
    this.#clock = clock;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#clusters, name);
  }

  send(call: HttpCall, done: (response: HttpCallResponse | undefined) => void): () => void {
    let cancel = (): void => {
      cancelled = true;
    };
    let cancelled = false;
    this.pending += 1;
    this.#answer(call)
      .then((answer) => {
        if (cancelled) return;
        const delay = typeof answer === "string" ? 0 : (answer.delay ?? 0);
        const late = call.timeout > 0 && delay >= call.timeout && delay > 0;
        const response = late ? timeoutResponse : answer;
        cancel = this.#clock.after(late ? call.timeout : delay, () =>
          done(response === "incomplete" ? undefined : toResponse(response === "reset" ? resetResponse : response)),
        );
      })
      .catch((error: unknown) => {
        this.error = error;
      })
      .finally(() => {
        this.pending -= 1;
      });
    return () => cancel();
  }

  openGrpc(call: GrpcCall, receiver: GrpcReceiver): GrpcConnection {
    const cluster = this.#clusters[call.cluster]!;
    const script =
      cluster instanceof GrpcService ? cluster.script(`${call.service}/${call.method}`) : noServer(cluster);
    return new ScriptedGrpcStream(call, script, receiver, this.#clock, (work) => this.#run(work)).connection;
  }

  /** Does what a script says, and keeps what it throws. */
  #run(work: () => unknown): void {
    const failed = (error: unknown): void => {
      this.error = error;
    };
    try {
      const result = work();
      if (!(result instanceof Promise)) return;
      this.pending += 1;
      result.catch(failed).finally(() => {
        this.pending -= 1;
      });
    } catch (error) {
      failed(error);
    }
  }

  async #answer(call: HttpCall): Promise<ClusterResponse> {
    const cluster = this.#clusters[call.cluster]!;
    if (cluster instanceof GrpcService)
      throw new Error(`the cluster ${call.cluster} is a gRPC server, and was called by HTTP`);
    if (typeof cluster !== "function") return cluster;
    const body = new ReceivedBody([call.body], call.body.length);
    return cluster(
      received(call.headers, { body: () => body, trailerMap: call.trailers, ended: true, isCutShort: false }),
    );
  }
}

/** A cluster that breaks connections does so to gRPC as well; else only a gRPC server can answer it. */
function noServer(cluster: Cluster): GrpcStreamScript {
  return {
    onOpen: (stream) => {
      if (cluster === "reset") return stream.reset();
      const delay = typeof cluster === "object" && "delay" in cluster ? (cluster.delay ?? 0) : 0;
      stream.after(delay, () => {
        throw new Error(`${stream.method} was called on a cluster that is no gRPC server: use grpc(…)`);
      });
    },
    onEnd: () => {},
  };
}

const timeoutResponse: ServiceResponse = {
  status: 504,
  headers: { "content-type": "text/plain" },
  body: tookTooLong,
};

const resetResponse: ServiceResponse = {
  status: 503,
  headers: { "content-type": "text/plain" },
  body: connectionLost,
};

function toResponse(response: ServiceResponse): HttpCallResponse {
  const pieces = piecesOf(response.body);
  const { bytes } = new ReceivedBody(pieces, Number.POSITIVE_INFINITY);
  return {
    headers: responseHeaders(response),
    body: bytes,
    trailers: response.trailers && toHeaderMap("trailers", [], response.trailers),
  };
}

export function responseHeaders(response: ServiceResponse): HeaderMap {
  const map = toHeaderMap("response", [[":status", String(response.status ?? 200)]], response.headers);
  addContentLength(map, response.body);
  return map;
}
