/**
 * What the VMs of one proxy share: metrics, data and queues.
 * @module
 */
export { type Metric, MetricIDs, Metrics, MetricType } from "./metrics.ts";
export { SharedData, type SharedValue } from "./shared-data.ts";
export { SharedQueues } from "./shared-queues.ts";
