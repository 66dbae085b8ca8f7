/** The streams of HTTP filters. */
import { Action, BufferType, MapType } from "../../abi/types";
import { bodyOf } from "../../http/body";
import { HttpContext } from "../../http/filter";
import { headersOf } from "../../http/headers";
import { find } from "../contexts";
import { enter, leave } from "../depth";

@inline
function stream(id: u32): HttpContext {
  return changetype<HttpContext>(find(id));
}

export function proxy_on_request_headers(id: u32, count: u32, endOfStream: bool): Action {
  enter();
  const context = stream(id);
  context.requestPaused = false;
  const action = context._requestHeaders(headersOf(MapType.RequestHeaders), endOfStream);
  context.requestPaused = action != Action.Continue;
  leave();
  return action;
}

export function proxy_on_request_body(id: u32, size: u32, endOfStream: bool): Action {
  enter();
  const context = stream(id);
  context.requestPaused = false;
  const action = context._requestBody(bodyOf(BufferType.RequestBody), endOfStream);
  context.requestPaused = action != Action.Continue;
  leave();
  return action;
}

export function proxy_on_request_trailers(id: u32, count: u32): Action {
  enter();
  const context = stream(id);
  context.requestPaused = false;
  const action = context._requestTrailers(headersOf(MapType.RequestTrailers));
  context.requestPaused = action != Action.Continue;
  leave();
  return action;
}

export function proxy_on_response_headers(id: u32, count: u32, endOfStream: bool): Action {
  enter();
  const context = stream(id);
  context.responsePaused = false;
  const action = context._responseHeaders(headersOf(MapType.ResponseHeaders), endOfStream);
  context.responsePaused = action != Action.Continue;
  leave();
  return action;
}

export function proxy_on_response_body(id: u32, size: u32, endOfStream: bool): Action {
  enter();
  const context = stream(id);
  context.responsePaused = false;
  const action = context._responseBody(bodyOf(BufferType.ResponseBody), endOfStream);
  context.responsePaused = action != Action.Continue;
  leave();
  return action;
}

export function proxy_on_response_trailers(id: u32, count: u32): Action {
  enter();
  const context = stream(id);
  context.responsePaused = false;
  const action = context._responseTrailers(headersOf(MapType.ResponseTrailers));
  context.responsePaused = action != Action.Continue;
  leave();
  return action;
}

export function proxy_on_request_metadata(id: u32, count: u32): Action {
  enter();
  stream(id).onRequestMetadata(count);
  leave();
  return Action.Continue;
}

export function proxy_on_response_metadata(id: u32, count: u32): Action {
  enter();
  stream(id).onResponseMetadata(count);
  leave();
  return Action.Continue;
}
