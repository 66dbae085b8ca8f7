/**
 * HTTP streams: {@link HttpStream} takes a request and a response through a filter, {@link HttpContext} is what the guest
 * sees of it, {@link Direction} decides what passes, waits and resumes.
 * @module
 */
export { type Half, HttpContext, type StreamControl } from "./context.ts";
export { Direction, type HttpCallbacks, type HttpSink } from "./direction.ts";
export { type LocalReply, localReply, percentEncoded } from "./local-reply.ts";
export { type Downstream, HttpStream, type HttpStreamOptions, type Upstream } from "./stream.ts";
