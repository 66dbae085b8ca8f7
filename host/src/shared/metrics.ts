import { Status } from "../abi/index.ts";

/** The type of a metric, which is also the low two bits of its id. */
export const MetricType = { Counter: 0, Gauge: 1, Histogram: 2 } as const;
type Kind = (typeof MetricType)[keyof typeof MetricType];

/** A metric of the proxy. Counters and gauges have a `value`, histograms the values `recorded`. */
export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  value: bigint;
  readonly recorded: bigint[];
}

const typeNames = ["counter", "gauge", "histogram"] as const;
const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

/** The metrics of a proxy, by type and name. VMs that define the same one share it. */
export class Metrics {
  readonly #metrics = new Map<string, Metric>();

  define(kind: Kind, name: string): Metric {
    const type = typeNames[kind];
    const key = `${type} ${name}`;
    const known = this.#metrics.get(key);
    if (known) return known;
    const metric: Metric = { name, type, value: 0n, recorded: [] };
    this.#metrics.set(key, metric);
    return metric;
  }

  /** The counter or gauge of that name, or the histogram. */
  get(name: string): Metric | undefined {
    for (const type of typeNames) {
      const metric = this.#metrics.get(`${type} ${name}`);
      if (metric) return metric;
    }
    return undefined;
  }

  all(): Metric[] {
    return [...this.#metrics.values()];
  }
}

/** The ids by which one VM knows its metrics (Envoy, source/extensions/common/wasm/context.cc). */
export class MetricIDs {
  readonly #metrics: Metrics;
  readonly #byID = new Map<number, Metric>();
  readonly #last = [MetricType.Counter, MetricType.Gauge, MetricType.Histogram] as number[];

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** A new id, also for a name that has one; undefined where there is no such type. */
  define(type: number, name: string): number | undefined {
    if (type !== MetricType.Counter && type !== MetricType.Gauge && type !== MetricType.Histogram) return undefined;
    const id = this.#last[type]! + 4;
    this.#last[type] = id;
    this.#byID.set(id, this.#metrics.define(type, name));
    return id;
  }

  increment(id: number, offset: bigint): Status {
    const kind = id & 3;
    if (kind > MetricType.Gauge) return Status.BadArgument;
    const metric = this.#byID.get(id);
    if (!metric) return Status.NotFound;
    if (kind === MetricType.Counter && offset <= 0n) return Status.BadArgument;
    metric.value = u64(metric.value + offset);
    return Status.Ok;
  }

  record(id: number, value: bigint): Status {
    const metric = this.#byID.get(id);
    if (!metric) return Status.NotFound;
    if (metric.type === "counter") metric.value = u64(metric.value + value);
    else if (metric.type === "gauge") metric.value = u64(value);
    else metric.recorded.push(u64(value));
    return Status.Ok;
  }

  /** The value of a counter or gauge, or the status of a failure. */
  read(id: number): bigint | Status {
    if ((id & 3) > MetricType.Gauge) return Status.BadArgument;
    return this.#byID.get(id)?.value ?? Status.NotFound;
  }
}
