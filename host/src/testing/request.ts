import type { HttpStream } from "../http/index.ts";
import type { Properties } from "../properties.ts";
import { addContentLength, type BodyInit, type HeadersInit, piecesOf, toHeaderMap } from "./message.ts";
import type { Service } from "./services.ts";

/** A request to send through the filter; everything has a default. */
export interface RequestInit {
  /** GET, or POST with a body. */
  readonly method?: string;
  /** With query; `/`. */
  readonly path?: string;
  /** `example.com`. */
  readonly authority?: string;
  /** `http`. */
  readonly scheme?: string;
  readonly headers?: HeadersInit;
  readonly body?: BodyInit;
  readonly trailers?: HeadersInit;
  /** Answers this request instead of the filter's own upstream. */
  readonly upstream?: Service;
  /** Properties of this stream, over those of the filter. */
  readonly properties?: Properties;
}

export function sendRequest(stream: HttpStream, init: RequestInit): void {
  const pieces = piecesOf(init.body);
  const map = toHeaderMap("request", pseudoHeaders(init), init.headers);
  addContentLength(map, init.body);
  stream.requestHeaders(map, pieces.length === 0 && init.trailers === undefined);
  sendBody(pieces, init.trailers !== undefined, (data, end) => stream.requestData(data, end));
  if (init.trailers) stream.requestTrailers(toHeaderMap("trailers", [], init.trailers));
}

export function pseudoHeaders(init: RequestInit): (readonly [string, string])[] {
  return [
    [":authority", init.authority ?? "example.com"],
    [":path", init.path ?? "/"],
    [":method", init.method ?? (init.body === undefined ? "GET" : "POST")],
    [":scheme", init.scheme ?? "http"],
  ];
}

/** Sends a body as Envoy's HTTP/1.1 codec hands it on: piece by piece, and then an empty one that ends the stream. */
export function sendBody(
  pieces: readonly Uint8Array[],
  hasTrailers: boolean,
  send: (data: Uint8Array, end: boolean) => void,
): void {
  for (const piece of pieces) send(piece, false);
  if (pieces.length > 0 && !hasTrailers) send(new Uint8Array(0), true);
}
