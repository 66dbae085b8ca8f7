import { release, result, resultAddress } from "../memory/scratch";
import { encode, encodedLength, takeText } from "../memory/text";
import { encodePairs, pairsLength } from "./headers";
import { Status } from "./types";

// @ts-ignore: decorator
@external("env", "proxy_http_call")
declare function proxy_http_call(
  upstream: usize, upstreamLength: usize, headers: usize, headersLength: usize, body: usize, bodyLength: usize,
  trailers: usize, trailersLength: usize, timeout: u32, number: usize): Status;

/**
 * Sends a request. The proxy answers the root of the running callback, never before that callback returns in Envoy
 * (`Context::onHttpCallSuccess` puts it off), though nothing in the ABI forbids it.
 *
 * BadArgument when there is no such upstream, or when `:method`, `:path` or `:authority` is missing.
 * @param timeout milliseconds; 0 is none
 * @param number where the proxy puts the number of the call
 */
export function sendHttpCall(
  upstream: string, headers: string[][], body: Uint8Array | null, trailers: string[][] | null, timeout: u32,
  number: usize): Status {
  const name = encode(upstream);
  const nameLength = encodedLength;
  const pairs = encodePairs(headers);
  const pairsSize = pairsLength;
  let more: usize = 0;
  let moreSize: usize = 0;
  if (trailers !== null) {
    more = encodePairs(trailers);
    moreSize = pairsLength;
  }
  let content: usize = 0;
  let length: usize = 0;
  if (body !== null) {
    content = body.dataStart;
    length = body.length;
  }
  const status = proxy_http_call(
    name, nameLength, pairs, pairsSize, content, length, more, moreSize, timeout, number);
  release(more);
  release(pairs);
  release(name);
  return status;
}

// @ts-ignore: decorator
@external("env", "proxy_get_status")
declare function proxy_get_status(code: usize, text: usize, length: usize): Status;

/** The code of the status that the running callback tells of: of a gRPC call, or 11 for an HTTP call that broke off. */
export function callStatus(): u32 {
  // The text takes the words for results.
  const code = result + 8;
  if (proxy_get_status(code, result, result + 4) != Status.Ok) return 0;
  release(resultAddress());
  return load<u32>(code);
}

/** The text of that status. */
export function callStatusText(): string {
  return proxy_get_status(result + 8, result, result + 4) == Status.Ok ? takeText() : "";
}
