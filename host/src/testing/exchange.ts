import { toText } from "../byte-string.ts";
import type { HeaderMap } from "../header-map.ts";
import type { Downstream, HttpSink, Upstream } from "../http/index.ts";
import { ReceivedBody, ReceivedHeaders } from "./message.ts";

/** A request as the upstream saw it. */
export interface UpstreamRequest {
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  readonly scheme: string;
  readonly headers: ReceivedHeaders;
  readonly body: Uint8Array;
  text(): string;
  readonly trailers: ReceivedHeaders;
  /** Whether all of it arrived, or it broke off. */
  readonly complete: boolean;
}

/** One side that messages arrive at: it keeps what came. */
class Recorder implements HttpSink {
  map: HeaderMap | undefined;
  trailerMap: HeaderMap | undefined;
  readonly pieces: Uint8Array[] = [];
  ended = false;
  broken = false;
  readonly #onEnd: () => void;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  headers(headers: HeaderMap, endOfStream: boolean): void {
    this.map = headers;
    if (endOfStream) this.#end();
  }

  data(data: Uint8Array, endOfStream: boolean): void {
    this.pieces.push(data);
    if (endOfStream) this.#end();
  }

  trailers(trailers: HeaderMap): void {
    this.trailerMap = trailers;
    this.#end();
  }

  /**
   * The body as its reader gets it. HTTP/1.1 goes by content-length: what is more than it says is never read, and with less
   * the reader waits in vain. That is what becomes of a filter which changes a body and leaves the header.
   */
  body(): ReceivedBody {
    return new ReceivedBody(this.pieces, this.#expectedLength());
  }

  get isCutShort(): boolean {
    const expected = this.#expectedLength();
    const length = this.pieces.reduce((sum, piece) => sum + piece.length, 0);
    return this.broken || (Number.isFinite(expected) && length < expected);
  }

  #expectedLength(): number {
    const value = this.map?.get("content-length");
    return value !== undefined && /^\d+$/.test(value) ? Number(value) : Number.POSITIVE_INFINITY;
  }

  #end(): void {
    if (this.ended) return;
    this.ended = true;
    this.#onEnd();
  }
}

/** Both ends of one stream: what reached the upstream and what reached the client. */
export class Exchange {
  readonly request: Recorder;
  readonly response: Recorder;
  cancelled = false;
  readonly upstream: Upstream;
  readonly downstream: Downstream;

  constructor(onRequest: () => void, onResponse: () => void) {
    const request = new Recorder(onRequest);
    const response = new Recorder(onResponse);
    this.request = request;
    this.response = response;
    this.upstream = Object.assign(request, {
      cancel: () => {
        this.cancelled = true;
      },
    });
    this.downstream = Object.assign(response, {
      reset: () => {
        response.broken = true;
        onResponse();
      },
    });
  }

  /** The request as far as it reached the upstream; undefined where nothing did. */
  upstreamRequest(): UpstreamRequest | undefined {
    return this.request.map && received(this.request.map, this.request);
  }
}

export function received(
  map: HeaderMap,
  recorder: Pick<Recorder, "body" | "trailerMap" | "ended" | "isCutShort">,
): UpstreamRequest {
  const pseudo = (name: string): string => toText(map.get(name) ?? "");
  const body = recorder.body();
  return {
    method: pseudo(":method"),
    path: pseudo(":path"),
    authority: pseudo(":authority"),
    scheme: pseudo(":scheme"),
    headers: new ReceivedHeaders(map),
    body: body.bytes,
    text: () => body.text(),
    trailers: new ReceivedHeaders(recorder.trailerMap),
    complete: recorder.ended && !recorder.isCutShort,
  };
}
