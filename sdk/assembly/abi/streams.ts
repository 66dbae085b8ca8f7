import { release } from "../memory/scratch";
import { encode, encodedLength } from "../memory/text";
import { isEnding } from "../runtime/depth";
import { encodePairs, pairsLength } from "./headers";
import { Status, StreamType } from "./types";

// @ts-ignore: decorator
@external("env", "proxy_continue_stream")
declare function proxy_continue_stream(stream: StreamType): Status;

/** Goes on with a direction that a callback paused. */
export function continueStream(stream: StreamType): Status {
  return proxy_continue_stream(stream);
}

// @ts-ignore: decorator
@external("env", "proxy_close_stream")
declare function proxy_close_stream(stream: StreamType): Status;

/** Resets a stream of HTTP, or closes a connection, once the callback has returned. */
export function closeStream(stream: StreamType): Status {
  return proxy_close_stream(stream);
}

// @ts-ignore: decorator
@external("env", "proxy_send_local_response")
declare function proxy_send_local_response(
  status: u32, details: usize, detailsLength: usize, body: usize, bodyLength: usize,
  headers: usize, headersLength: usize, grpcStatus: i32): Status;

/**
 * Answers the request from here. Envoy sends it after the callback returns, whatever the callback returns.
 *
 * BadArgument, and nothing happens, in `onLog`, `onDone` and `onDelete`: Envoy would answer a stream that is over, log that answer,
 * call `onLog` again and so on until its stack is full, or come back to a context that was deleted (`Context::sendLocalResponse`).
 * @param status the HTTP status, 200 to 599
 * @param grpcStatus 0 to 16 for gRPC requests; anything else says nothing
 * @param details why, for logs: Envoy's `%RESPONSE_CODE_DETAILS%`
 */
export function sendLocalResponse(
  status: u32, body: string = "", headers: string[][] | null = null, grpcStatus: i32 = -1,
  details: string = ""): Status {
  if (isEnding()) return Status.BadArgument;
  const reason = encode(details);
  const reasonLength = encodedLength;
  const text = encode(body);
  const length = encodedLength;
  let pairs: usize = 0;
  let size: usize = 0;
  if (headers !== null) {
    pairs = encodePairs(headers);
    size = pairsLength;
  }
  const answer = proxy_send_local_response(status, reason, reasonLength, text, length, pairs, size, grpcStatus);
  if (pairs) release(pairs);
  release(text);
  release(reason);
  return answer;
}
