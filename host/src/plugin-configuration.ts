/**
 * What a stream gets whose VM has trapped: 503 (`FailClosed`), a way past the filter (`FailOpen`), or a new VM where the
 * last one is more than a second old, and 503 until then (`FailReload`: what a deployment with `FailClosed` runs with).
 */
export type FailurePolicy = "FailClosed" | "FailOpen" | "FailReload";

export interface PluginConfiguration {
  readonly name: string;
  readonly rootID: string;
  readonly configuration: Uint8Array;
  readonly failurePolicy: FailurePolicy;
  /** Envoy's `allow_on_headers_stop_iteration`: Pause in a headers callback lets the body's callbacks come. */
  readonly allowOnHeadersStopIteration: boolean;
}
