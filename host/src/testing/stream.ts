import type { HttpStream } from "../http/index.ts";
import type { Exchange, UpstreamRequest } from "./exchange.ts";
import { type HeadersInit, toBytes, toHeaderMap } from "./message.ts";
import { type Reply, replyOf } from "./reply.ts";
import { pseudoHeaders, type RequestInit } from "./request.ts";
import { responseHeaders, type ServiceResponse } from "./services.ts";

/** What became of a callback: the message goes on, or waits in the filter (also for ever, after a local response). */
export type Outcome = "Continue" | "Pause";

/**
 * A stream that a test drives callback by callback, as codec and upstream would.
 *
 *     const stream = filter.stream();
 *     expect(stream.requestHeaders({ path: "/upload", method: "POST" })).toBe("Pause");
 *     expect(stream.requestBody("all of it", { endOfStream: true })).toBe("Continue");
 *     expect(stream.request?.text()).toBe("all of it");
 */
export class ControlledStream {
  readonly #stream: HttpStream;
  readonly #exchange: Exchange;

  constructor(stream: HttpStream, exchange: Exchange) {
    this.#stream = stream;
    this.#exchange = exchange;
  }

  requestHeaders(
    init: Omit<RequestInit, "body" | "trailers" | "upstream"> = {},
    options: { endOfStream?: boolean } = {},
  ): Outcome {
    this.#stream.requestHeaders(
      toHeaderMap("request", pseudoHeaders(init), init.headers),
      options.endOfStream ?? false,
    );
    return this.#outcome("request");
  }

  requestBody(data: string | Uint8Array, options: { endOfStream?: boolean } = {}): Outcome {
    this.#stream.requestData(toBytes(data), options.endOfStream ?? false);
    return this.#outcome("request");
  }

  requestTrailers(trailers: HeadersInit): Outcome {
    this.#stream.requestTrailers(toHeaderMap("trailers", [], trailers));
    return this.#outcome("request");
  }

  /** Metadata of HTTP/2 comes, between anything else; the filter is told the number of its entries. */
  requestMetadata(entries: number): void {
    this.#stream.requestMetadata(entries);
  }

  responseMetadata(entries: number): void {
    this.#stream.responseMetadata(entries);
  }

  responseHeaders(
    init: Pick<ServiceResponse, "status" | "headers"> = {},
    options: { endOfStream?: boolean } = {},
  ): Outcome {
    this.#stream.responseHeaders(responseHeaders(init), options.endOfStream ?? false);
    return this.#outcome("response");
  }

  responseBody(data: string | Uint8Array, options: { endOfStream?: boolean } = {}): Outcome {
    this.#stream.responseData(toBytes(data), options.endOfStream ?? false);
    return this.#outcome("response");
  }

  responseTrailers(trailers: HeadersInit): Outcome {
    this.#stream.responseTrailers(toHeaderMap("trailers", [], trailers));
    return this.#outcome("response");
  }

  /** What reached the upstream so far. */
  get request(): UpstreamRequest | undefined {
    return this.#exchange.upstreamRequest();
  }

  /** What reached the client so far; undefined where nothing did. */
  get response(): Reply | undefined {
    const { response } = this.#exchange;
    return response.map || response.broken ? replyOf(this.#exchange, this.#stream.details, []) : undefined;
  }

  /** The client goes away. */
  close(): void {
    this.#stream.reset();
  }

  #outcome(half: "request" | "response"): Outcome {
    const { request, response } = this.#exchange;
    const answeredInstead = this.#stream.details !== "via_upstream" || response.broken;
    const stopped = answeredInstead && !(half === "request" && request.ended);
    return stopped || this.#stream.paused === half ? "Pause" : "Continue";
  }
}
