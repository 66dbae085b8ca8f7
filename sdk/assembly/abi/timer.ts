import { Status } from "./types";

// @ts-ignore: decorator
@external("env", "proxy_set_tick_period_milliseconds")
declare function proxy_set_tick_period_milliseconds(period: u32): Status;

/** Has the root of the running callback ticked at each period; 0 stops it. */
export function setTickPeriodMilliseconds(period: u32): Status {
  return proxy_set_tick_period_milliseconds(period);
}
