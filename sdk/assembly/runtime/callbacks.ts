/**
 * What the proxy calls. The compiler keeps of these exports only those that do something in this module: Envoy
 * skips the others, and every crossing costs.
 */
import { Action, BufferType, MapType } from "../abi/types";
import { bodyOf } from "../http/body";
import { HttpContext } from "../http/filter";
import { headersOf } from "../http/headers";
import { collectIfDue } from "../memory/collector";
import { reserve, reset } from "../memory/scratch";
import { add, announce, find, remove } from "./contexts";
import { createRoot } from "./registry";
import { createStream, PluginContext } from "./root";

/** How many callbacks are on the stack: the host can call back in the middle of a host call. */
let depth = 0;

@inline
function enter(): void {
  if (!depth++) reset();
}

/** Only the outermost callback may collect: the one below it has references on the stack. */
@inline
function leave(): void {
  if (!--depth) collectIfDue();
}

@inline
function stream(id: u32): HttpContext {
  return changetype<HttpContext>(find(id));
}

@inline
function root(id: u32): PluginContext {
  return changetype<PluginContext>(find(id));
}

export function proxy_abi_version_0_2_1(): void {}

/** The host asks for memory in the middle of its calls: nothing here may collect. */
export function malloc(size: usize): usize {
  return reserve(size);
}

export function proxy_on_context_create(id: u32, parent: u32): void {
  enter();
  if (parent) {
    add(createStream(root(parent), id));
  } else {
    announce(id);
    add(createRoot());
  }
  leave();
}

export function proxy_on_vm_start(id: u32, size: u32): bool {
  enter();
  const ok = root(id).onStart();
  leave();
  return ok;
}

export function proxy_on_configure(id: u32, size: u32): bool {
  enter();
  const ok = root(id)._decode() && root(id).onConfigure();
  leave();
  return ok;
}

export function proxy_on_tick(id: u32): void {
  enter();
  root(id).onTick();
  leave();
}

export function proxy_on_request_headers(id: u32, count: u32, endOfStream: bool): Action {
  enter();
  const context = stream(id);
  context.requestPaused = false;
  const action = context.onRequestHeaders(headersOf(MapType.RequestHeaders), endOfStream);
  context.requestPaused = action != Action.Continue;
  leave();
  return action;
}

export function proxy_on_request_body(id: u32, size: u32, endOfStream: bool): Action {
  enter();
  const context = stream(id);
  context.requestPaused = false;
  const action = context.onRequestBody(bodyOf(BufferType.RequestBody), endOfStream);
  context.requestPaused = action != Action.Continue;
  leave();
  return action;
}

export function proxy_on_request_trailers(id: u32, count: u32): Action {
  enter();
  const context = stream(id);
  context.requestPaused = false;
  const action = context.onRequestTrailers(headersOf(MapType.RequestTrailers));
  context.requestPaused = action != Action.Continue;
  leave();
  return action;
}

export function proxy_on_response_headers(id: u32, count: u32, endOfStream: bool): Action {
  enter();
  const context = stream(id);
  context.responsePaused = false;
  const action = context.onResponseHeaders(headersOf(MapType.ResponseHeaders), endOfStream);
  context.responsePaused = action != Action.Continue;
  leave();
  return action;
}

export function proxy_on_response_body(id: u32, size: u32, endOfStream: bool): Action {
  enter();
  const context = stream(id);
  context.responsePaused = false;
  const action = context.onResponseBody(bodyOf(BufferType.ResponseBody), endOfStream);
  context.responsePaused = action != Action.Continue;
  leave();
  return action;
}

export function proxy_on_response_trailers(id: u32, count: u32): Action {
  enter();
  const context = stream(id);
  context.responsePaused = false;
  const action = context.onResponseTrailers(headersOf(MapType.ResponseTrailers));
  context.responsePaused = action != Action.Continue;
  leave();
  return action;
}

export function proxy_on_log(id: u32): void {
  enter();
  find(id).onLog();
  leave();
}

export function proxy_on_done(id: u32): bool {
  enter();
  const done = find(id).onDone();
  leave();
  return done;
}

export function proxy_on_delete(id: u32): void {
  enter();
  find(id).onDelete();
  remove(id);
  leave();
}
