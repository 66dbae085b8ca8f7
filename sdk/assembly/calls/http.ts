import { callStatusText, sendHttpCall } from "../abi/calls";
import { getHeader } from "../abi/headers";
import { BufferType, MapType, Status } from "../abi/types";
import { Body, bodyOf } from "../http/body";
import { Headers, headersOf } from "../http/headers";
import { release, reserve } from "../memory/scratch";
import { Context } from "../runtime/contexts";
import { Call, Calls } from "./pending";

/**
 * A request that a filter makes, see {@link httpCall}.
 *
 *     const request = new HttpRequest("POST", "/check", "auth.example");
 *     request.headers.push(["content-type", "text/plain"]);
 *     request.setText(token);
 */
export class HttpRequest {
  /** All headers, each as `[name, value]`; the first three are `:method`, `:path` and `:authority`. */
  headers: string[][];
  /** Envoy adds its `content-length`. */
  body: Uint8Array | null = null;
  /** Over HTTP/1.1 Envoy does not send them. */
  trailers: string[][] | null = null;
  /** Milliseconds until the proxy gives up and answers 504 itself; 0 is never. */
  timeout: u32 = 1000;

  constructor(method: string, path: string, authority: string) {
    this.headers = [[":method", method], [":path", path], [":authority", authority]];
  }

  /** Sends `text` as UTF-8. */
  setText(text: string): void {
    this.body = Uint8Array.wrap(String.UTF8.encode(text));
  }
}

/** The answer to a call: a handle that is good until {@link HttpCallHandler.onReply} returns. */
@unmanaged
export class HttpReply {
  /**
   * Whether the answer broke off after it had begun. {@link failure} says why. An upstream that cannot be reached or
   * breaks off before does not: Envoy makes a reply with status 503 of it, and 504 when the time is up.
   */
  get failed(): bool {
    return changetype<usize>(this) == 1;
  }

  /** The HTTP status; 0 if {@link failed}. */
  get status(): u32 {
    const text = getHeader(MapType.HttpCallResponseHeaders, ":status");
    let status: u32 = 0;
    if (text !== null) for (let i = 0; i < text.length; i++) status = status * 10 + text.charCodeAt(i) - 0x30;
    return status;
  }

  /** Why the call failed, in the proxy's words: `reset` in Envoy. */
  get failure(): string {
    return callStatusText();
  }

  /** To be read; they cannot be changed. */
  get headers(): Headers {
    return headersOf(MapType.HttpCallResponseHeaders);
  }

  /** All of the body. To be read; it cannot be changed. */
  get body(): Body {
    return bodyOf(BufferType.HttpCallResponseBody);
  }

  get trailers(): Headers {
    return headersOf(MapType.HttpCallResponseTrailers);
  }
}

/** What {@link HttpCallHandler} is to a call whose owner's type is not known. */
export abstract class HttpReplyReceiver {
  abstract _receive(owner: Context, reply: HttpReply): void;
}

/**
 * Is told of the answer to {@link httpCall}. `S` is the filter, or root, that calls.
 *
 *     class OnAuth extends HttpCallHandler<Auth> {
 *       onReply(stream: Auth, reply: HttpReply): void {
 *         if (reply.status == 200) stream.continueRequest();
 *         else respond(403, "denied");
 *       }
 *     }
 */
export abstract class HttpCallHandler<S> extends HttpReplyReceiver {
  /**
   * Called once for each call, unless `stream` is gone by then. Headers, `respond` and whatever else asks the proxy
   * are about `stream`.
   */
  abstract onReply(stream: S, reply: HttpReply): void;

  _receive(owner: Context, reply: HttpReply): void {
    this.onReply(changetype<S>(changetype<usize>(owner)), reply);
  }
}

class HttpCall extends Call {
  constructor(owner: Context, readonly receiver: HttpReplyReceiver) {
    super(owner);
  }
}

/** Lazy, so that nothing of it is in a module that makes no calls. */
// @ts-ignore: decorator
@lazy
let calls: Calls | null = null;

/**
 * Sends a request to an upstream of the proxy, and tells `handler` of the answer. To wait for it, pause:
 *
 *     onRequestHeaders(headers: Headers, endOfStream: bool): Action {
 *       const request = new HttpRequest("GET", "/check", "auth.example");
 *       if (httpCall(this, "auth", request, new OnAuth()) != Status.Ok) return respond(503, "no auth");
 *       return Action.Pause;
 *     }
 *
 * A stream can have several calls at once. When it ends before an answer is there, the answer is told to nobody.
 * @param owner the stream, or the root, that calls: `this`
 * @param upstream what the proxy names it, a cluster in Envoy
 * @param handler null where the answer does not matter
 * @returns `BadArgument` if the proxy has no such upstream, `InternalFailure` if that has no host. Unless it is `Ok`,
 *   the handler is not called.
 */
export function httpCall<S extends Context>(
  owner: S, upstream: string, request: HttpRequest, handler: HttpCallHandler<S> | null): Status {
  return startHttpCall(owner, upstream, request, handler);
}

function startHttpCall(
  owner: Context, upstream: string, request: HttpRequest, receiver: HttpReplyReceiver | null): Status {
  // A word of its own: a callback in the midst of the host call may use the words for results.
  const number = reserve(4);
  let status: Status;
  if (receiver === null) {
    status = sendHttpCall(upstream, request.headers, request.body, request.trailers, request.timeout, number);
  } else {
    let all = calls;
    if (all === null) calls = all = new Calls();
    const call = new HttpCall(owner, receiver);
    const outer = all.start(call);
    status = sendHttpCall(upstream, request.headers, request.body, request.trailers, request.timeout, number);
    all.started(call, outer, status, load<u32>(number));
  }
  release(number);
  return status;
}

/** What the proxy calls when a call is over. @param headers how many; none when the call failed */
export function finishHttpCall(root: u32, number: u32, headers: u32): void {
  const all = calls;
  const call = all ? all.find(number) : null;
  if (!all || !call) return;
  all.remove(call);
  const reply = changetype<HttpReply>(headers ? 2 : 1);
  if (call.enterOwner(root)) changetype<HttpCall>(call).receiver._receive(call.owner, reply);
}
