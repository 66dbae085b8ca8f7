import { definedMetric, defineMetric, incrementMetric, metricValue, recordMetric } from "../abi/metrics";
import { MetricType, Status } from "../abi/types";

/** What counters, gauges and histograms have in common. */
export abstract class Metric {
  /** The proxy's number; meaningless before {@link define} was Ok. */
  protected id: u32 = 0;
  private defined: bool = false;

  /**
   * @param name as Envoy keeps it under `wasmcustom.`; Prometheus shows it without. See {@link tagged} for labels
   */
  constructor(readonly name: string) {}

  /** Which of the proxy's kinds it is. */
  protected abstract get type(): MetricType;

  /**
   * Tells the proxy of it, so that it is listed before it is first used, which would tell as well. From `onConfigure`, say:
   * while the module itself is being made no proxy listens.
   */
  define(): Status {
    if (this.defined) return Status.Ok;
    const status = defineMetric(this.type, this.name);
    if (status != Status.Ok) return status;
    this.id = definedMetric();
    this.defined = true;
    return status;
  }
}

/**
 * A number that only grows. Make it once, at the top of a file: it belongs to the VM, and is defined when first used.
 *
 *     const denied = new Counter("hello_denied");
 *     …
 *     denied.increment();
 */
export class Counter extends Metric {
  protected get type(): MetricType {
    return MetricType.Counter;
  }

  /** Adds to it; 0 adds nothing. */
  increment(by: u32 = 1): Status {
    const status = this.define();
    // Envoy refuses 0.
    return status == Status.Ok && by ? incrementMetric(this.id, by) : status;
  }

  /** What it stands at: of all VMs, and of all plugins that count by this name. */
  get value(): u64 {
    return this.define() == Status.Ok ? metricValue(this.id) : 0;
  }
}

/** A number that grows and shrinks. What {@link Counter} says of making it holds here too. */
export class Gauge extends Metric {
  protected get type(): MetricType {
    return MetricType.Gauge;
  }

  /** Sets it. All worker threads set the same: for what each has a part of, {@link add}. */
  set(value: u64): Status {
    const status = this.define();
    return status == Status.Ok ? recordMetric(this.id, value) : status;
  }

  /** Adds to it, or takes away. Below 0 Envoy's gauge begins again at 2^64. */
  add(offset: i64): Status {
    const status = this.define();
    return status == Status.Ok ? incrementMetric(this.id, offset) : status;
  }

  /** What it stands at. */
  get value(): u64 {
    return this.define() == Status.Ok ? metricValue(this.id) : 0;
  }
}

/** How values spread: sizes, times. What {@link Counter} says of making it holds here too. It cannot be read. */
export class Histogram extends Metric {
  protected get type(): MetricType {
    return MetricType.Histogram;
  }

  /** Adds a value. Say the unit in the name: Envoy knows none for these (`Histogram::Unit::Unspecified`). */
  record(value: u64): Status {
    const status = this.define();
    return status == Status.Ok ? recordMetric(this.id, value) : status;
  }
}
