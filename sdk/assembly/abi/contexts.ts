import { Status } from "./types";

// @ts-ignore: decorator
@external("env", "proxy_done")
declare function proxy_done(): Status;

/** Ends the wait for the root of the running callback. NotFound when the proxy is not waiting for it. */
export function finishContext(): Status {
  return proxy_done();
}
