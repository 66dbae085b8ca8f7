import { BodyUse, MessageState, saysWrongLength, statedLength } from "./body-use";
import { Action, BufferType, Status } from "../abi/types";
import { NoConfig } from "../runtime/root";
import { Body, bodyOf } from "./body";
import { either, HttpFilter, respond } from "./filter";
import { Headers } from "./headers";

/** What Envoy holds as well, where nobody configured it. */
const DEFAULT_LIMIT: u32 = 1 << 20;

/**
 * The base of filters that want a body as a whole: it is held until it has arrived, given once, may be read or
 * replaced, and goes on.
 *
 *     @filter("shout")
 *     class Shout extends BodyFilter<Config> {
 *       onWholeRequest(body: Body): Action {
 *         body.replace(body.text().toUpperCase());
 *         return Action.Continue;
 *       }
 *     }
 *
 * Only the direction whose callback is overridden is held. The head of the message goes on before its body has come,
 * since a pause there would hold the body's callbacks too (Envoy, unless `allow_on_headers_stop_iteration`). So
 * `content-length` is taken out of it beforehand, and of a response nothing but the body can be changed any more.
 *
 * Envoy itself holds no more than the listener's `per_connection_buffer_limit_bytes` where the client speaks HTTP/1.1
 * (1 MiB by default), and `initial_stream_window_size` where it speaks HTTP/2, in both directions.
 * Beyond it Envoy answers a request with 413 and breaks a response off; the filter is not asked.
 * What does not end, as a WebSocket, server-sent events or a gRPC stream, is held until it is too long: let it pass.
 */
export class BodyFilter<C = NoConfig> extends HttpFilter<C> {
  /** Bytes that a request's body may have, 1 MiB unless set: in the constructor, or in `onRequestHeaders` at the latest. */
  requestLimit: u32 = DEFAULT_LIMIT;
  /** Bytes that a response's body may have, likewise; set it in `onResponseHeaders` at the latest. */
  responseLimit: u32 = DEFAULT_LIMIT;
  /** What is done with the request's body; to be set in `onRequestHeaders` at the latest. */
  requestUse: BodyUse = BodyUse.Change;
  /** What is done with the response's body; to be set in `onResponseHeaders` at the latest. */
  responseUse: BodyUse = BodyUse.Change;
  private requestState: MessageState = MessageState.Arriving;
  private responseState: MessageState = MessageState.Arriving;

  /**
   * The request's body has arrived, once for each request: of one without a body the length is 0, and nothing can be
   * put there. A request that `onRequestHeaders` answered does not get here. Return {@link Action.Pause} to hold it
   * further, until `continueRequest()`. Compressed bodies are given as they are: look at `content-encoding` before.
   */
  onWholeRequest(body: Body): Action {
    return Action.Continue;
  }

  /** The response's body has arrived, likewise; of an answer to HEAD, of a 204 and of a 304 the length is 0. */
  onWholeResponse(body: Body): Action {
    return Action.Continue;
  }

  /**
   * The request's body is longer than {@link requestLimit}. Answers 413 unless it is overridden: to let the request
   * through as it is, return {@link Action.Continue}.
   */
  onRequestTooLarge(): Action {
    return respond(413, "request body too large");
  }

  /**
   * The response's body is longer than {@link responseLimit}. Unless it is overridden it is answered with 502 where
   * `content-length` said so, and else, its head being with the client, broken off.
   */
  onResponseTooLarge(): Action {
    return respond(502, "response body too large");
  }

  /** Goes on with a request that was paused. One without a body is first given to {@link onWholeRequest}. */
  continueRequest(): Status {
    if (this.requestState == MessageState.Waiting && this.giveRequest() != Action.Continue) return Status.Ok;
    return super.continueRequest();
  }

  /** Goes on with a response, likewise. */
  continueResponse(): Status {
    if (this.responseState == MessageState.Waiting && this.giveResponse() != Action.Continue) return Status.Ok;
    return super.continueResponse();
  }

  /** Whether {@link onWholeRequest} is overridden. Written by the compiler. */
  protected _wantsRequest(): bool {
    return false;
  }

  /** Whether {@link onWholeResponse} is overridden. Written by the compiler. */
  protected _wantsResponse(): bool {
    return false;
  }

  _requestHeaders(headers: Headers, endOfStream: bool): Action {
    const action = this.onRequestHeaders(headers, endOfStream);
    if (!this._wantsRequest() || this.requestUse == BodyUse.Pass) {
      this.requestState = MessageState.Done;
      return action;
    }
    if (endOfStream) {
      this.requestState = MessageState.Waiting;
      return action == Action.Continue ? this.giveRequest() : action;
    }
    if (statedLength(headers) > <i64>this.requestLimit) return either(action, this.refuseRequest());
    if (this.requestUse == BodyUse.Change) headers.remove("content-length");
    return action;
  }

  _requestBody(body: Body, endOfStream: bool): Action {
    if (this.requestState == MessageState.Done) return this.onRequestBody(body, endOfStream);
    if (body.length > this.requestLimit) return this.refuseRequest();
    return endOfStream ? this.giveRequest() : Action.Pause;
  }

  _requestTrailers(trailers: Headers, isHeld: bool): Action {
    // A body that is not held by now is none, and was not given either.
    if (!isHeld && this.requestState != MessageState.Done) return either(this.giveRequest(), this.onRequestTrailers(trailers));
    return super._requestTrailers(trailers, isHeld);
  }

  private refuseRequest(): Action {
    this.requestState = MessageState.Done;
    const action = this.onRequestTooLarge();
    // The answer comes by this filter as well (Envoy, `sendLocalReply`), and may be beyond the other limit.
    if (action != Action.Continue) this.responseUse = BodyUse.Pass;
    return action;
  }

  private giveRequest(): Action {
    this.requestState = MessageState.Done;
    const body = bodyOf(BufferType.RequestBody);
    const length = body.length;
    const action = this.onWholeRequest(body);
    return this.requestUse == BodyUse.Read && saysWrongLength(body, length) ? respond(500) : action;
  }

  _responseHeaders(headers: Headers, endOfStream: bool): Action {
    const action = this.onResponseHeaders(headers, endOfStream);
    if (!this._wantsResponse() || this.responseUse == BodyUse.Pass) {
      this.responseState = MessageState.Done;
      return action;
    }
    const length = statedLength(headers);
    if (!endOfStream && length > <i64>this.responseLimit) {
      this.responseState = MessageState.Done;
      return either(action, this.onResponseTooLarge());
    }
    // Without a body it is of an answer to HEAD or a 304, and says how long that would have been unchanged.
    if (this.responseUse == BodyUse.Change && (!endOfStream || length > 0)) headers.remove("content-length");
    if (!endOfStream) return action;
    this.responseState = MessageState.Waiting;
    return action == Action.Continue ? this.giveResponse() : action;
  }

  _responseBody(body: Body, endOfStream: bool): Action {
    if (this.responseState == MessageState.Done) return this.onResponseBody(body, endOfStream);
    if (body.length > this.responseLimit) {
      this.responseState = MessageState.Done;
      return this.onResponseTooLarge();
    }
    return endOfStream ? this.giveResponse() : Action.Pause;
  }

  _responseTrailers(trailers: Headers, isHeld: bool): Action {
    if (!isHeld && this.responseState != MessageState.Done) return either(this.giveResponse(), this.onResponseTrailers(trailers));
    return super._responseTrailers(trailers, isHeld);
  }

  private giveResponse(): Action {
    this.responseState = MessageState.Done;
    const body = bodyOf(BufferType.ResponseBody);
    const length = body.length;
    const action = this.onWholeResponse(body);
    return this.responseUse == BodyUse.Read && saysWrongLength(body, length) ? respond(500) : action;
  }
}
