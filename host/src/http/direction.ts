import { DataStatus, HeadersStatus, TrailersStatus } from "../abi/index.ts";
import { Body } from "../body.ts";
import { HeaderMap } from "../header-map.ts";

/** Where one half of a stream goes once the filter let it pass: the upstream for requests, the client for responses. */
export interface HttpSink {
  headers(headers: HeaderMap, endOfStream: boolean): void;
  data(data: Uint8Array, endOfStream: boolean): void;
  trailers(trailers: HeaderMap): void;
}

/** What waits may not grow without end. */
export interface BufferLimit {
  /** Bytes. */
  readonly bytes: number;
  /** More waits than that. */
  exceeded(): void;
}

/** The callbacks of a filter for one half of a stream. */
export interface HttpCallbacks {
  onHeaders(headers: HeaderMap, endOfStream: boolean): HeadersStatus;
  onData(data: Body, endOfStream: boolean): DataStatus;
  onTrailers(trailers: HeaderMap): TrailersStatus;
}

/**
 * One half of a stream on its way through one filter: what passes, what waits and what resumes, step by step as Envoy's
 * filter manager does it (source/common/http/filter_manager.cc, `commonHandleAfter…Callback` and `commonContinue`).
 */
export class Direction {
  readonly #callbacks: HttpCallbacks;
  readonly #sink: HttpSink;
  #iteration: "continue" | "stop" | "stopAll" = "continue";
  #headers: HeaderMap | undefined;
  #inHeaders = false;
  #headersContinued = false;
  #buffered: Body | undefined;
  #trailers: HeaderMap | undefined;
  #ended = false;
  #aborted = false;
  /** What resumes begins with this filter, since it had stopped everything (`iterate_from_current_filter_`). */
  #fromThisFilter = false;
  /** The filter has seen the trailers (`end_stream_`). */
  #filterHasEnd = false;
  /** What waits is not wanted as a whole: Envoy reads no more of it then, and has no limit to enforce. */
  #streaming = true;
  readonly #limit: BufferLimit;

  constructor(callbacks: HttpCallbacks, sink: HttpSink, limit: BufferLimit) {
    this.#callbacks = callbacks;
    this.#sink = sink;
    this.#limit = limit;
  }

  /** The data that waits. */
  get buffered(): Body | undefined {
    return this.#buffered;
  }

  /** Whether something waits for `proxy_continue_stream`. */
  get isPaused(): boolean {
    return !this.#aborted && this.#iteration !== "continue";
  }

  get headersPassed(): boolean {
    return this.#headersContinued;
  }

  headers(headers: HeaderMap, endOfStream: boolean): void {
    if (this.#aborted) return;
    this.#headers = headers;
    this.#ended = endOfStream;
    this.#inHeaders = true;
    const status = this.#callbacks.onHeaders(headers, endOfStream);
    this.#inHeaders = false;
    if (this.#aborted) return;
    if (status === HeadersStatus.StopIteration) this.#iteration = "stop";
    else if (status >= HeadersStatus.StopAllIterationAndBuffer) {
      this.#iteration = "stopAll";
      this.#streaming = status === HeadersStatus.StopAllIterationAndWatermark;
    } else if (!this.#headersContinued) this.#passHeaders(endOfStream);
  }

  data(bytes: Uint8Array, endOfStream: boolean): void {
    if (this.#aborted) return;
    this.#ended = endOfStream;
    const data = new Body(bytes);
    if (this.#iteration !== "stopAll") this.#filterData(data, endOfStream);
    else {
      this.#buffer(data);
      if (this.exceedsLimit) this.#limit.exceeded();
    }
  }

  trailers(trailers: HeaderMap): void {
    if (this.#aborted) return;
    this.#trailers = trailers;
    this.#ended = true;
    if (this.#iteration !== "stopAll") this.#filterTrailers(trailers);
  }

  /** Adds data to what waits, all of which the next callback is to see. */
  add(data: Body): void {
    this.#streaming = false;
    this.#buffer(data);
  }

  get exceedsLimit(): boolean {
    return !this.#streaming && this.#buffered !== undefined && this.#buffered.length > this.#limit.bytes;
  }

  /** Trailers that the filter makes in its last body callback; they go on without a callback of their own. */
  addTrailers(): HeaderMap {
    this.#trailers ??= new HeaderMap("trailers");
    return this.#trailers;
  }

  /** Resumes what waits, from the next filter on, or from this one where it had stopped everything. */
  continue(): void {
    // A callback for headers may let them go on itself, before it stops what follows.
    const isEarly = this.#inHeaders && !this.#headersContinued;
    if (this.#aborted || (this.#iteration === "continue" && !isEarly)) return;
    if (this.#iteration === "stopAll") this.#fromThisFilter = true;
    this.#iteration = "continue";
    const trailers = this.#trailers;
    if (!this.#headersContinued && this.#headers) {
      this.#passHeaders(this.#ended && this.#buffered === undefined && trailers === undefined);
    }
    this.#resumeData(this.#ended && trailers === undefined);
    this.#resumeTrailers(trailers);
    this.#fromThisFilter = false;
  }

  /** Nothing passes any more. */
  abort(): void {
    this.#aborted = true;
  }

  #resumeData(endOfStream: boolean): void {
    const buffered = this.#buffered;
    if (!buffered) return;
    if (!this.#fromThisFilter) this.#passData(buffered, endOfStream);
    // A filter that has seen the end gets no more, and then nobody does (filter_manager.cc, `decodeData`).
    else if (!this.#filterHasEnd) this.#filterData(buffered, endOfStream);
  }

  #resumeTrailers(trailers: HeaderMap | undefined): void {
    if (!trailers || this.#aborted) return;
    // Also where the filter holds the data.
    if (this.#fromThisFilter) this.#filterTrailers(trailers);
    else if (this.#iteration === "continue") this.#sink.trailers(trailers);
  }

  #filterData(data: Body, endOfStream: boolean): void {
    const hadTrailers = this.#trailers !== undefined;
    const status = this.#callbacks.onData(data, endOfStream);
    if (this.#aborted) return;
    if (this.exceedsLimit) {
      this.#limit.exceeded();
      return;
    }
    if (status === DataStatus.Continue) {
      if (this.#iteration === "stop") {
        this.#buffer(data);
        this.continue();
        return;
      }
      const added = hadTrailers ? undefined : this.#trailers;
      this.#passData(data, endOfStream && !added);
      if (added) this.#sink.trailers(added);
      return;
    }
    this.#iteration = "stop";
    if (status === DataStatus.StopIterationNoBuffer) {
      // So that a stream which ends here resumes with an empty last frame.
      if (endOfStream) this.#buffered ??= new Body();
    } else {
      this.#streaming = status === DataStatus.StopIterationAndWatermark;
      this.#buffer(data);
      if (this.exceedsLimit) this.#limit.exceeded();
    }
  }

  #buffer(data: Body): void {
    if (data === this.#buffered) return;
    this.#buffered ??= new Body();
    this.#buffered.move(data);
  }

  #filterTrailers(trailers: HeaderMap): void {
    const status = this.#callbacks.onTrailers(trailers);
    this.#filterHasEnd = true;
    if (this.#aborted) return;
    if (status === TrailersStatus.StopIteration) this.#iteration = "stop";
    else if (this.#iteration === "stop") this.continue();
    else this.#sink.trailers(trailers);
  }

  #passHeaders(endOfStream: boolean): void {
    this.#headersContinued = true;
    this.#sink.headers(this.#headers!, endOfStream);
  }

  #passData(data: Body, endOfStream: boolean): void {
    const { bytes } = data;
    data.drain(bytes.length);
    if (data === this.#buffered) this.#buffered = undefined;
    this.#sink.data(bytes, endOfStream);
  }
}
