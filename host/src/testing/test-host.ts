import { randomFillSync } from "node:crypto";
import type { LogLevel } from "../abi/index.ts";
import type { ForeignFunction } from "../foreign/index.ts";
import type { Host } from "../host.ts";
import type { LogRecord } from "../log.ts";
import type { Properties } from "../properties.ts";
import { Metrics, SharedData, SharedQueues } from "../shared/index.ts";
import { nodeFunctions } from "./node-functions.ts";
import { type Cluster, ScriptedClusters } from "./services.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** What the filters of a test's proxy share; everything has a default. */
export interface SharedOptions {
  /** The services that the filters may call, by cluster name: over HTTP, or {@link grpc}. */
  readonly clusters?: Readonly<Record<string, Cluster>>;
  /** Lines below it are not logged; `info` where not given, as in Envoy. */
  readonly logLevel?: LogLevel;
  /** What time it is when the test begins; now where not given. */
  readonly now?: Date;
  /** Functions for `proxy_call_foreign_function`, beside those of Envoy; one of the same name comes first. */
  readonly foreignFunctions?: Readonly<Record<string, ForeignFunction>>;
}

/** What the VMs of a test's proxy share: time that is virtual, clusters that are scripted, metrics, data and queues. */
export class SharedHost {
  readonly logLevel: LogLevel;
  readonly clock: VirtualClock;
  readonly clusters: ScriptedClusters;
  readonly properties: Properties = {};
  readonly foreignFunctions: Readonly<Record<string, ForeignFunction>>;
  readonly metrics = new Metrics();
  readonly sharedData = new SharedData();
  readonly sharedQueues = new SharedQueues();
  /** What all VMs logged. */
  readonly allLogs: LogRecord[] = [];

  constructor(options: SharedOptions) {
    this.logLevel = options.logLevel ?? "info";
    this.clock = new VirtualClock((options.now ?? new Date()).getTime());
    this.clusters = new ScriptedClusters(options.clusters ?? {}, this.clock);
    this.foreignFunctions = { ...nodeFunctions, ...options.foreignFunctions };
  }

  /** Lets time pass. What the script of a cluster threw until then is thrown here, where a test sees it. */
  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
    if (this.clusters.error !== undefined) throw this.clusters.error;
  }

  random(bytes: Uint8Array): void {
    randomFillSync(bytes);
  }
}

/** The proxy as one VM of a test has it: its log is a list. */
export type TestHost = Host & SharedHost & { readonly logs: LogRecord[] };

export function hostOf(shared: SharedHost): TestHost {
  const logs: LogRecord[] = [];
  return Object.assign(Object.create(shared) as SharedHost, {
    logs,
    log: (record: LogRecord): void => {
      logs.push(record);
      shared.allLogs.push(record);
    },
  });
}
