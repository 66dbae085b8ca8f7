import { MapType } from "../abi/index.ts";
import type { Body } from "../body.ts";
import type { LocalResponse } from "../context.ts";
import { FilterState } from "../filter-state.ts";
import type { HeaderMap } from "../header-map.ts";
import type { Properties, PropertyValue } from "../properties.ts";
import { findProperty } from "../properties.ts";
import type { RootContext } from "../root-context.ts";
import { type Half, HttpContext, type StreamControl } from "./context.ts";
import { Direction, type HttpCallbacks, type HttpSink } from "./direction.ts";
import { failureReply, localReply, requestTooLarge, responseTooLarge } from "./local-reply.ts";
import { streamProperty } from "./properties.ts";

/** The client's side of a stream. */
export interface Downstream extends HttpSink {
  /** The response breaks off, or there is none. */
  reset(): void;
}

/** The upstream's side. */
export interface Upstream extends HttpSink {
  /** Nobody waits for the answer any more. */
  cancel(): void;
}

export interface HttpStreamOptions {
  readonly downstream: Downstream;
  readonly upstream: Upstream;
  /** What the guest's `proxy_get_property` finds beside what the headers tell. */
  readonly properties: Properties;
  /** When it began, in milliseconds since 1970. */
  readonly startTime: number;
  /** Bytes that may wait in the filter in each direction; 1 MiB where not given, as in Envoy. */
  readonly bufferLimit?: number;
}

const defaultBufferLimit = 1024 * 1024;

/** No filter: everything passes. */
const passing: HttpCallbacks = { onHeaders: () => 0, onData: () => 0, onTrailers: () => 0 };

/**
 * One HTTP request and its response, on their way through one filter. The owner feeds both directions, and gets what
 * passes through the sinks; when the response has ended or broken off, `proxy_on_log`, `proxy_on_done` and
 * `proxy_on_delete` have been called.
 */
export class HttpStream implements StreamControl {
  readonly #options: HttpStreamOptions;
  readonly #context: HttpContext | undefined;
  readonly #halves: Readonly<Record<Half, Direction>>;
  readonly filterState = new FilterState();
  #requestHeaders: HeaderMap | undefined;
  #responseHeaders: HeaderMap | undefined;
  #responseTrailers: HeaderMap | undefined;
  #responseStarted = false;
  #details = "via_upstream";
  #requestSize = 0;
  #responseSize = 0;
  #finished = false;

  /** @param root the filter's root, or undefined where the failure policy lets streams pass without it. */
  constructor(root: RootContext | undefined, options: HttpStreamOptions) {
    this.#options = options;
    this.#context = root && new HttpContext(root, this);
    const { upstream, downstream } = options;
    const client: HttpSink = {
      headers: (headers, endOfStream) => this.#sendHeaders(headers, endOfStream),
      data: (data, endOfStream) => {
        this.#responseSize += data.length;
        downstream.data(data, endOfStream);
        if (endOfStream) this.#finish();
      },
      trailers: (trailers) => {
        downstream.trailers(trailers);
        this.#finish();
      },
    };
    const bytes = options.bufferLimit ?? defaultBufferLimit;
    this.#halves = {
      request: new Direction(this.#context?.request ?? passing, upstream, {
        bytes,
        exceeded: () => this.sendLocalResponse(requestTooLarge),
      }),
      response: new Direction(this.#context?.response ?? passing, client, {
        bytes,
        exceeded: () => this.sendLocalResponse(responseTooLarge),
      }),
    };
  }

  /** Where the response came from: `via_upstream`, or what the guest or the proxy gave as the reason of a local one. */
  get details(): string {
    return this.#details;
  }

  get isFinished(): boolean {
    return this.#finished;
  }

  /** The half that waits for `proxy_continue_stream`, if one does. */
  get paused(): Half | undefined {
    if (this.#finished) return undefined;
    if (this.#halves.request.isPaused) return "request";
    return this.#halves.response.isPaused ? "response" : undefined;
  }

  requestHeaders(headers: HeaderMap, endOfStream: boolean): void {
    this.#requestHeaders = headers;
    this.#context?.create();
    this.#halves.request.headers(headers, endOfStream);
  }

  requestData(data: Uint8Array, endOfStream: boolean): void {
    if (this.#finished) return;
    this.#requestSize += data.length;
    this.#halves.request.data(data, endOfStream);
  }

  requestTrailers(trailers: HeaderMap): void {
    if (!this.#finished) this.#halves.request.trailers(trailers);
  }

  responseHeaders(headers: HeaderMap, endOfStream: boolean): void {
    if (this.#finished) return;
    this.#responseHeaders = headers;
    this.#halves.response.headers(headers, endOfStream);
  }

  responseData(data: Uint8Array, endOfStream: boolean): void {
    if (!this.#finished) this.#halves.response.data(data, endOfStream);
  }

  responseTrailers(trailers: HeaderMap): void {
    if (this.#finished) return;
    this.#responseTrailers = trailers;
    this.#halves.response.trailers(trailers);
  }

  /** The client went away, or `proxy_close_stream` was called. */
  reset(): void {
    if (this.#finished) return;
    this.#abort();
    this.#options.downstream.reset();
    this.#finish();
  }

  buffered(half: Half): Body | undefined {
    return this.#halves[half].buffered;
  }

  buffer(half: Half, data: Body): boolean {
    const direction = this.#halves[half];
    direction.add(data);
    // Of a request that is too large, the filter still sees the piece that was too much; of a response it does not.
    if (half === "response" && direction.exceedsLimit) this.sendLocalResponse(responseTooLarge);
    return !this.#finished;
  }

  requestMetadata(entries: number): void {
    if (!this.#finished) this.#context?.request.onMetadata(entries);
  }

  responseMetadata(entries: number): void {
    if (!this.#finished) this.#context?.response.onMetadata(entries);
  }

  addTrailers(half: Half): HeaderMap {
    const trailers = this.#halves[half].addTrailers();
    if (half === "response") this.#responseTrailers = trailers;
    return trailers;
  }

  continue(half: Half): void {
    if (!this.#finished) this.#halves[half].continue();
  }

  fail(): void {
    this.sendLocalResponse(failureReply);
  }

  /**
   * Before there is a response, a local one goes through the filter like any other; while its headers wait in the filter,
   * it replaces them past the filter; after that all that is left is to break off
   * (Envoy, source/common/http/filter_manager.cc, `sendLocalReply`).
   */
  sendLocalResponse(response: LocalResponse): void {
    if (this.#finished) return;
    if (this.#responseStarted) {
      this.reset();
      return;
    }
    this.#details = response.details;
    const reply = localReply(response, this.#isGrpc());
    const isFirst = this.#responseHeaders === undefined;
    this.#halves.request.abort();
    this.#options.upstream.cancel();
    this.#responseHeaders = reply.headers;
    const hasBody = reply.body.length > 0;
    if (isFirst) {
      this.#halves.response.headers(reply.headers, !hasBody);
      if (hasBody) this.responseData(reply.body, true);
      return;
    }
    this.#halves.response.abort();
    this.#sendHeaders(reply.headers, !hasBody);
    if (!hasBody) return;
    this.#options.downstream.data(reply.body, true);
    this.#finish();
  }

  property(path: string): PropertyValue | undefined {
    const parts = path.split("\0");
    const facts = {
      request: this.#context?.readableMap(MapType.RequestHeaders),
      response: this.#context?.readableMap(MapType.ResponseHeaders),
      details: this.#responseHeaders && this.#details,
      status: this.#responseHeaders?.get(":status"),
      startTime: this.#options.startTime,
      requestSize: this.#requestSize,
      responseSize: this.#responseSize,
    };
    const given = findProperty(this.#options.properties, path);
    return given ?? streamProperty(parts, facts) ?? this.filterState.property(parts);
  }

  #sendHeaders(headers: HeaderMap, endOfStream: boolean): void {
    this.#responseStarted = true;
    this.#options.downstream.headers(headers, endOfStream);
    if (endOfStream) this.#finish();
  }

  #isGrpc(): boolean {
    const type = this.#requestHeaders?.get("content-type") ?? "";
    return type === "application/grpc" || type.startsWith("application/grpc+");
  }

  #abort(): void {
    this.#halves.request.abort();
    this.#halves.response.abort();
    this.#options.upstream.cancel();
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#abort();
    this.#context?.finish(this.#requestHeaders, this.#responseHeaders, this.#responseTrailers);
  }
}
