import { bytesOf, toByteString, toLowerCase } from "../byte-string.ts";
import type { LocalResponse } from "../context.ts";
import { HeaderMap } from "../header-map.ts";

export interface LocalReply {
  readonly headers: HeaderMap;
  readonly body: Uint8Array;
}

/** gRPC's code for an HTTP status (Envoy, source/common/grpc/status.cc). */
const grpcStatuses: ReadonlyMap<number, number> = new Map([
  [400, 13],
  [401, 16],
  [403, 7],
  [404, 12],
  [429, 14],
  [502, 14],
  [503, 14],
  [504, 14],
]);
const unknownGrpcStatus = 2;

/** A response made by the proxy itself (Envoy, source/common/http/utility.cc, `prepareLocalReply`). */
export function localReply(response: LocalResponse, isGrpc: boolean): LocalReply {
  const headers = new HeaderMap("response", [[":status", isGrpc ? "200" : String(response.status)]]);
  if (isGrpc) {
    const code = response.grpcStatus ?? grpcStatuses.get(response.status) ?? unknownGrpcStatus;
    headers.set("content-type", "application/grpc");
    headers.set("grpc-status", String(code));
    if (response.body.length > 0) headers.set("grpc-message", percentEncoded(response.body));
  }
  for (const [name, value] of response.headers) headers.add(toLowerCase(name), value);
  if (isGrpc) return { headers, body: new Uint8Array(0) };
  if (response.body.length > 0) {
    headers.set("content-length", String(response.body.length));
    if (!headers.has("content-type")) headers.set("content-type", "text/plain");
  }
  return { headers, body: response.body };
}

/** The answer to a stream whose VM failed. */
export const failureReply: LocalResponse = {
  status: 503,
  details: "wasm_fail_stream",
  body: bytesOf(toByteString("")),
  headers: [],
  grpcStatus: 14,
};

/** What clients get where a filter holds more of a body than the proxy keeps (Envoy, source/common/http/filter_manager.cc). */
export const requestTooLarge: LocalResponse = {
  status: 413,
  details: "request_payload_too_large",
  body: bytesOf("Payload Too Large"),
  headers: [],
  grpcStatus: undefined,
};

export const responseTooLarge: LocalResponse = {
  status: 500,
  details: "response_payload_too_large",
  body: bytesOf("Internal Server Error"),
  headers: [],
  grpcStatus: undefined,
};

/** A text as `grpc-message` has it (gRPC over HTTP/2, "Percent-Encoded"). */
export function percentEncoded(bytes: Uint8Array): string {
  let result = "";
  for (const byte of bytes) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x25;
    result += plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return result;
}
