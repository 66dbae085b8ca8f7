import type { LogLevel } from "./abi/index.ts";
import type { Clusters } from "./calls/index.ts";
import type { Clock } from "./clock.ts";
import type { ForeignFunction } from "./foreign/index.ts";
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
  /** What `proxy_call_foreign_function` finds by name, beside and before what Envoy has for streams and roots. */
  readonly foreignFunctions: Readonly<Record<string, ForeignFunction>>;
}
