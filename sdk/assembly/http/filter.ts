import { continueStream, sendLocalResponse } from "../abi/streams";
import { Action, BufferType, MapType, Status, StreamType } from "../abi/types";
import { Context } from "../runtime/contexts";
import { currentConfig, NoConfig } from "../runtime/root";
import { Body, bodyOf } from "./body";
import { Headers, headersOf } from "./headers";

/** What has become of a request or response. */
export namespace Progress {
  /** Its last callback held it, and nothing has gone on since. */
  export const Paused: u8 = 1;
  /** Once it went on by a call. */
  export const Resumed: u8 = 2;
  /** All of it is on its way out, and the filter is not asked any more. */
  export const Passes: u8 = 4;
}

/** A stream of HTTP. What a filter overrides is called; for the rest the proxy does not even enter the module. */
export class HttpContext extends Context {
  /** How far the request has come, in bits of {@link Progress}. */
  _request: u8 = 0;
  /** Likewise the response. */
  _response: u8 = 0;

  /** Whether the last callback of the request ended in {@link Action.Pause}, and nothing has gone on since. */
  get requestPaused(): bool {
    return (this._request & Progress.Paused) != 0;
  }

  /** Likewise of the response. */
  get responsePaused(): bool {
    return (this._response & Progress.Paused) != 0;
  }

  /**
   * The request's headers have arrived.
   * @param endOfStream whether no body follows
   */
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    return Action.Continue;
  }

  /**
   * A part of the request's body has arrived. Return {@link Action.Pause} to hold it and be called again with more.
   *
   * A body that is held has a last call, with trailers as without. One that has gone on and is followed by trailers
   * has none: {@link onRequestTrailers} says that it is over.
   * @param endOfStream whether nothing of the body follows
   */
  onRequestBody(body: Body, endOfStream: bool): Action {
    return Action.Continue;
  }

  /** The request's trailers have arrived; of a held body the last callback was just before. */
  onRequestTrailers(trailers: Headers): Action {
    return Action.Continue;
  }

  /** The response's headers have arrived. Also called for responses that the proxy or a filter made up. */
  onResponseHeaders(headers: Headers, endOfStream: bool): Action {
    return Action.Continue;
  }

  /** A part of the response's body has arrived, as in {@link onRequestBody}. */
  onResponseBody(body: Body, endOfStream: bool): Action {
    return Action.Continue;
  }

  /** The response's trailers have arrived. */
  onResponseTrailers(trailers: Headers): Action {
    return Action.Continue;
  }

  /**
   * Metadata frames of HTTP/2 have arrived with the request; Envoy lets them through where `allow_metadata` is set. It
   * tells how many there are, but not what they say, and they always go on.
   */
  onRequestMetadata(count: u32): void {}

  /** Metadata frames have arrived with the response, as in {@link onRequestMetadata}. */
  onResponseMetadata(count: u32): void {}

  /** The request's headers, until they have gone on, and then in `onLog` again. What is asked in between finds none. */
  get requestHeaders(): Headers {
    return headersOf(MapType.RequestHeaders);
  }

  /** The response's headers, likewise. */
  get responseHeaders(): Headers {
    return headersOf(MapType.ResponseHeaders);
  }

  /**
   * Goes on with a request that an earlier callback paused. Anything else is {@link Status.BadArgument} and does nothing:
   * in the callback itself return {@link Action.Continue} instead.
   */
  continueRequest(): Status {
    if (!this.requestPaused) return Status.BadArgument;
    this._request = Progress.Resumed;
    return continueStream(StreamType.Request);
  }

  /** Goes on with a response, as {@link continueRequest} does. */
  continueResponse(): Status {
    // Where no response waits, Envoy would lose it or crash.
    if (!this.responsePaused) return Status.BadArgument;
    this._response = Progress.Resumed;
    return continueStream(StreamType.Response);
  }

  /** What the proxy's callbacks come by. A base of the SDK's own, as `BodyFilter`, puts its part around the author's. */
  _requestHeaders(headers: Headers, endOfStream: bool): Action {
    return this.onRequestHeaders(headers, endOfStream);
  }

  _requestBody(body: Body, endOfStream: bool): Action {
    return this.onRequestBody(body, endOfStream);
  }

  /** @param isHeld whether the body is, so that no part of it was called the last */
  _requestTrailers(trailers: Headers, isHeld: bool): Action {
    // Else a filter that waits for the end of the body, or for an answer, would be passed by with the trailers.
    const action = isHeld ? this._requestBody(bodyOf(BufferType.RequestBody), true) : Action.Continue;
    return either(action, this.onRequestTrailers(trailers));
  }

  _responseHeaders(headers: Headers, endOfStream: bool): Action {
    return this.onResponseHeaders(headers, endOfStream);
  }

  _responseBody(body: Body, endOfStream: bool): Action {
    return this.onResponseBody(body, endOfStream);
  }

  _responseTrailers(trailers: Headers, isHeld: bool): Action {
    const action = isHeld ? this._responseBody(bodyOf(BufferType.ResponseBody), true) : Action.Continue;
    return either(action, this.onResponseTrailers(trailers));
  }
}

/** Of what two callbacks returned: a pause, if either asked for it. */
export function either(first: Action, second: Action): Action {
  return first == Action.Continue ? second : first;
}

/**
 * The base of HTTP filters. One instance is made for each stream; its fields are the stream's state.
 *
 *     @filter("hello")
 *     class Hello extends HttpFilter<Config> {
 *       onResponseHeaders(headers: Headers, endOfStream: bool): Action {
 *         headers.set(this.config.header, this.config.value);
 *         return Action.Continue;
 *       }
 *     }
 *
 * `C` is the `@config` class; leave it out for a filter without configuration. A filter's constructor, if it has
 * one, takes no arguments.
 */
export class HttpFilter<C = NoConfig> extends HttpContext {
  /** The configuration that was in force when the stream began. */
  readonly config: C = currentConfig<C>();

  /** Never called. It lets the compiler name `C` of a filter class, as `valueof<Filter>`, through any bases. */
  @operator("[]")
  protected _config(index: i32): C {
    return this.config;
  }
}

/**
 * Answers the request from the filter, in place of whatever would have answered it. Return it from the callback:
 *
 *     if (!headers.has("authorization")) return respond(401, "no credentials");
 *
 * A client that speaks gRPC gets the text as `grpc-message`, and as `grpc-status` what Envoy makes of the HTTP status
 * unless it is told:
 *
 *     return respond(200, "come back tomorrow", null, GrpcStatus.ResourceExhausted, "quota_used_up");
 *
 * @param status the HTTP status, 200 to 599
 * @param headers each `[name, value]`, names in ASCII and values without line breaks, as for {@link Headers.set}
 * @param grpcStatus 0 to 16; -1 leaves it to the proxy
 * @param details why, for the proxy's logs and `response.code_details`; Envoy writes `_` for a space
 */
export function respond(
  status: u32, body: string = "", headers: string[][] | null = null, grpcStatus: i32 = -1,
  details: string = ""): Action {
  sendLocalResponse(status, body, headers, grpcStatus, details);
  return Action.Pause;
}
