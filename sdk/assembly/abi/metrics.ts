import { release, result } from "../memory/scratch";
import { encode, encodedLength } from "../memory/text";
import { MetricType, Status } from "./types";

// @ts-ignore: decorator
@external("env", "proxy_define_metric")
declare function proxy_define_metric(type: MetricType, name: usize, length: usize, id: usize): Status;

/** Defines a metric, or finds the one of the name. When it is Ok {@link definedMetric} is its id. */
export function defineMetric(type: MetricType, name: string): Status {
  const at = encode(name);
  const status = proxy_define_metric(type, at, encodedLength, result);
  release(at);
  return status;
}

/** The id of the metric defined last. */
@inline
export function definedMetric(): u32 {
  return load<u32>(result);
}

// @ts-ignore: decorator
@external("env", "proxy_increment_metric")
declare function proxy_increment_metric(id: u32, offset: i64): Status;

/** Adds to a counter, where Envoy refuses what is not above 0, or to a gauge. */
export function incrementMetric(id: u32, offset: i64): Status {
  return proxy_increment_metric(id, offset);
}

// @ts-ignore: decorator
@external("env", "proxy_record_metric")
declare function proxy_record_metric(id: u32, value: u64): Status;

/** Sets a gauge, or adds a value to a histogram. Of a counter Envoy adds it too. */
export function recordMetric(id: u32, value: u64): Status {
  return proxy_record_metric(id, value);
}

// @ts-ignore: decorator
@external("env", "proxy_get_metric")
declare function proxy_get_metric(id: u32, value: usize): Status;

/** The value of a counter or gauge; 0 where there is none. */
export function metricValue(id: u32): u64 {
  return proxy_get_metric(id, result) == Status.Ok ? load<u64>(result) : 0;
}
