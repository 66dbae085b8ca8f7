import { Status } from "./types";

// @ts-ignore: decorator
@external("env", "proxy_done")
declare function proxy_done(): Status;

/** Ends the wait for the root of the running callback. NotFound when the proxy is not waiting for it. */
export function finishContext(): Status {
  return proxy_done();
}

// @ts-ignore: decorator
@external("env", "proxy_set_effective_context")
declare function proxy_set_effective_context(context: u32): Status;

/**
 * Makes host calls be about another context until the running callback returns. BadArgument when the proxy has no
 * such context any more.
 */
export function setEffectiveContext(context: u32): Status {
  return proxy_set_effective_context(context);
}
