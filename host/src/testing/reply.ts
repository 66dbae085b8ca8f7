import type { LogRecord } from "../log.ts";
import type { Exchange, UpstreamRequest } from "./exchange.ts";
import { ReceivedHeaders } from "./message.ts";

/** What the client got. */
export interface Reply {
  /** 0 where the stream broke off before any answer. */
  readonly status: number;
  readonly headers: ReceivedHeaders;
  readonly body: Uint8Array;
  text(): string;
  json(): unknown;
  readonly trailers: ReceivedHeaders;
  /** The request as far as it reached the upstream; undefined where nothing did, as when the filter answers itself at once. */
  readonly upstream: UpstreamRequest | undefined;
  /**
   * Envoy's response code details: `via_upstream`, what the filter named in its local response, or `wasm_fail_stream`
   * where its VM had failed.
   */
  readonly details: string;
  /** Whether the answer broke off: the filter closed the stream, or the body is shorter than content-length says. */
  readonly reset: boolean;
  /** What was logged in this stream's context. */
  readonly logs: readonly LogRecord[];
}

export function replyOf(exchange: Exchange, details: string, logs: readonly LogRecord[]): Reply {
  const { response } = exchange;
  const body = response.body();
  return {
    status: Number(response.map?.get(":status") ?? 0),
    headers: new ReceivedHeaders(response.map),
    body: body.bytes,
    text: () => body.text(),
    json: () => JSON.parse(body.text()) as unknown,
    trailers: new ReceivedHeaders(response.trailerMap),
    upstream: exchange.upstreamRequest(),
    details,
    reset: response.isCutShort,
    logs,
  };
}
