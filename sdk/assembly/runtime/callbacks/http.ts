/** The streams of HTTP filters. */
import { continueStream } from "../../abi/streams";
import { Action, BufferType, MapType, StreamType } from "../../abi/types";
import { bodyOf } from "../../http/body";
import { HttpContext, Progress } from "../../http/filter";
import { headersOf } from "../../http/headers";
import { find } from "../contexts";
import { enter, leave } from "../depth";

@inline
function stream(id: u32): HttpContext {
  return changetype<HttpContext>(find(id));
}

/**
 * Lets a held body and its trailers go on where the stream, its head say, has gone on by a call before. Envoy then gives a filter
 * what has come meanwhile, body and trailers in one; if the body is held and the trailers are not, it begins again with both,
 * forgets the body, of which the filter has seen the end, and sends the trailers alone (envoy `source/common/http/filter_manager.cc`,
 * `commonContinue`; github.com/envoyproxy/envoy/issues/28326). It does not if the trailers are held too and go on by a call.
 */
function goOnOtherwise(direction: StreamType): Action {
  continueStream(direction);
  return Action.Pause;
}

export function proxy_on_request_headers(id: u32, count: u32, endOfStream: bool): Action {
  enter();
  const context = stream(id);
  context._request = 0;
  const action = context._requestHeaders(headersOf(MapType.RequestHeaders), endOfStream);
  if (action != Action.Continue) context._request = Progress.Paused;
  leave();
  return action;
}

export function proxy_on_request_body(id: u32, size: u32, endOfStream: bool): Action {
  enter();
  const context = stream(id);
  const before = context._request;
  context._request = before & ~Progress.Paused;
  let action = Action.Continue;
  if (!(before & Progress.Passes)) {
    action = context._requestBody(bodyOf(BufferType.RequestBody), endOfStream);
    if (action != Action.Continue) context._request |= Progress.Paused;
  }
  leave();
  return action;
}

export function proxy_on_request_trailers(id: u32, count: u32): Action {
  enter();
  const context = stream(id);
  const before = context._request;
  context._request = before & ~Progress.Paused;
  let action = Action.Continue;
  if (!(before & Progress.Passes)) {
    action = context._requestTrailers(headersOf(MapType.RequestTrailers), (before & Progress.Paused) != 0);
    if (action != Action.Continue) {
      context._request |= Progress.Paused;
    } else if (before == (Progress.Paused | Progress.Resumed)) {
      context._request = Progress.Passes;
      action = goOnOtherwise(StreamType.Request);
    }
  }
  leave();
  return action;
}

export function proxy_on_response_headers(id: u32, count: u32, endOfStream: bool): Action {
  enter();
  const context = stream(id);
  context._response = 0;
  const action = context._responseHeaders(headersOf(MapType.ResponseHeaders), endOfStream);
  if (action != Action.Continue) context._response = Progress.Paused;
  leave();
  return action;
}

export function proxy_on_response_body(id: u32, size: u32, endOfStream: bool): Action {
  enter();
  const context = stream(id);
  const before = context._response;
  context._response = before & ~Progress.Paused;
  let action = Action.Continue;
  if (!(before & Progress.Passes)) {
    action = context._responseBody(bodyOf(BufferType.ResponseBody), endOfStream);
    if (action != Action.Continue) context._response |= Progress.Paused;
  }
  leave();
  return action;
}

export function proxy_on_response_trailers(id: u32, count: u32): Action {
  enter();
  const context = stream(id);
  const before = context._response;
  context._response = before & ~Progress.Paused;
  let action = Action.Continue;
  if (!(before & Progress.Passes)) {
    action = context._responseTrailers(headersOf(MapType.ResponseTrailers), (before & Progress.Paused) != 0);
    if (action != Action.Continue) {
      context._response |= Progress.Paused;
    } else if (before == (Progress.Paused | Progress.Resumed)) {
      context._response = Progress.Passes;
      action = goOnOtherwise(StreamType.Response);
    }
  }
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
