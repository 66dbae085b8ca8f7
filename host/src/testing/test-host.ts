import { randomFillSync } from "node:crypto";
import type { LogLevel } from "../abi/index.ts";
import type { Host } from "../host.ts";
import type { LogRecord } from "../log.ts";
import type { Properties } from "../properties.ts";
import { Metrics, SharedData, SharedQueues } from "../shared/index.ts";
import { type Cluster, ScriptedClusters } from "./services.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** The proxy of a test: its time is virtual, its clusters are scripted, its log is a list. */
export class TestHost implements Host {
  readonly logLevel: LogLevel;
  readonly clock: VirtualClock;
  readonly clusters: ScriptedClusters;
  readonly properties: Properties = {};
  readonly metrics = new Metrics();
  readonly sharedData = new SharedData();
  readonly sharedQueues = new SharedQueues();
  readonly logs: LogRecord[] = [];

  constructor(logLevel: LogLevel, clusters: Readonly<Record<string, Cluster>>, startTime: number) {
    this.logLevel = logLevel;
    this.clock = new VirtualClock(startTime);
    this.clusters = new ScriptedClusters(clusters, this.clock);
  }

  log(record: LogRecord): void {
    this.logs.push(record);
  }

  random(bytes: Uint8Array): void {
    randomFillSync(bytes);
  }
}
