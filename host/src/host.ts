import type { LogLevel } from "./abi/index.ts";
import type { Clock } from "./clock.ts";
import type { HeaderMap } from "./header-map.ts";
import type { LogRecord } from "./log.ts";
import type { Properties } from "./properties.ts";
import type { Metrics, SharedData, SharedQueues } from "./shared/index.ts";

/** The proxy around the VMs: what they share, and what reaches the world outside. */
export interface Host {
  /** Lines below this level are dropped, and `proxy_get_log_level` tells it. */
  readonly logLevel: LogLevel;
  log(record: LogRecord): void;
  readonly clock: Clock;
  /** Fills the array with random bytes. */
  random(bytes: Uint8Array): void;
  readonly metrics: Metrics;
  readonly sharedData: SharedData;
  readonly sharedQueues: SharedQueues;
  readonly clusters: Clusters;
  /** Properties that belong to no stream: `node`, `cluster_name`, `xds` and the like. */
  readonly properties: Properties;
}

/** The services that a filter may call. */
export interface Clusters {
  has(name: string): boolean;
  /**
   * Sends the call. `done` is called at most once, never before `send` has returned: with the response, or with nothing
   * where the connection broke. After the returned function was called it is not called any more.
   */
  send(call: HttpCall, done: (response: HttpCallResponse | undefined) => void): () => void;
}

export interface HttpCall {
  readonly cluster: string;
  readonly headers: HeaderMap;
  readonly body: Uint8Array;
  readonly trailers: HeaderMap | undefined;
  /** Milliseconds; 0 is none. */
  readonly timeout: number;
}

export interface HttpCallResponse {
  readonly headers: HeaderMap;
  readonly body: Uint8Array;
  readonly trailers: HeaderMap | undefined;
}
