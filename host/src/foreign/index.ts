/**
 * Functions that `proxy_call_foreign_function` finds by name: Envoy's own that work on the stream or root, and those that
 * the host adds ({@link ForeignFunction}).
 * @module
 */
export { callForeignFunction, type ForeignFunction } from "./envoy.ts";
