import { release, reserve } from "../memory/scratch";
import { encode, encodeAt, encodedLength } from "../memory/text";
import { encodePairs, pairsLength } from "./headers";
import { Status } from "./types";

/** Bytes of the service encoded last. */
let serviceLength: usize = 0;

/**
 * Reserves scratch for the upstream as Envoy's `GrpcService { envoy_grpc { cluster_name } }`; the caller releases it.
 * A bare name would mostly do, but Envoy tries to parse it first (`Context::grpcCall`), and some names are messages by
 * accident: `auth-grpc` is one with eight bytes in field 12, of which Envoy 1.40 dies ("panic: unset oneof",
 * `source/common/grpc/async_client_manager_impl.cc`).
 */
function encodeService(upstream: string): usize {
  const from = changetype<usize>(upstream);
  const at = reserve(6 + upstream.length * 3);
  const length = encodeAt(from, from + (upstream.length << 1), at + 6) - at - 6;
  putHead(at, length + 3);
  putHead(at + 3, length);
  serviceLength = length + 6;
  return at;
}

/** The head of field 1, with a length that takes two bytes even where one would do. */
function putHead(at: usize, length: usize): void {
  store<u8>(at, 0x0a);
  store<u8>(at, length | 0x80, 1);
  store<u8>(at, length >> 7, 2);
}

// @ts-ignore: decorator
@external("env", "proxy_grpc_call")
declare function proxy_grpc_call(
  upstream: usize, upstreamLength: usize, service: usize, serviceLength: usize, method: usize, methodLength: usize,
  metadata: usize, metadataLength: usize, message: usize, messageLength: usize, timeout: u32, number: usize): Status;

/**
 * Sends one message and asks for one. The proxy answers as it does an HTTP call.
 * @param timeout milliseconds; 0 is none
 * @param number where the proxy puts the number of the call
 */
export function sendGrpcCall(
  upstream: string, service: string, method: string, metadata: string[][], message: Uint8Array, timeout: u32,
  number: usize): Status {
  const target = encodeService(upstream);
  const name = encode(service);
  const nameLength = encodedLength;
  const procedure = encode(method);
  const procedureLength = encodedLength;
  const pairs = encodePairs(metadata);
  const status = proxy_grpc_call(
    target, serviceLength, name, nameLength, procedure, procedureLength, pairs, pairsLength,
    message.dataStart, message.length, timeout, number);
  release(pairs);
  release(procedure);
  release(name);
  release(target);
  return status;
}

// @ts-ignore: decorator
@external("env", "proxy_grpc_stream")
declare function proxy_grpc_stream(
  upstream: usize, upstreamLength: usize, service: usize, serviceLength: usize, method: usize, methodLength: usize,
  metadata: usize, metadataLength: usize, number: usize): Status;

/**
 * Opens a stream of messages in both directions.
 * @param number where the proxy puts the number of the stream
 */
export function openGrpcStream(
  upstream: string, service: string, method: string, metadata: string[][], number: usize): Status {
  const target = encodeService(upstream);
  const name = encode(service);
  const nameLength = encodedLength;
  const procedure = encode(method);
  const procedureLength = encodedLength;
  const pairs = encodePairs(metadata);
  const status = proxy_grpc_stream(
    target, serviceLength, name, nameLength, procedure, procedureLength, pairs, pairsLength, number);
  release(pairs);
  release(procedure);
  release(name);
  release(target);
  return status;
}

// @ts-ignore: decorator
@external("env", "proxy_grpc_send")
declare function proxy_grpc_send(stream: u32, message: usize, length: usize, endOfStream: bool): Status;

/** Sends a message on an open stream, and with `endOfStream` the last. */
export function sendOnGrpcStream(stream: u32, message: Uint8Array, endOfStream: bool): Status {
  return proxy_grpc_send(stream, message.dataStart, message.length, endOfStream);
}

// @ts-ignore: decorator
@external("env", "proxy_grpc_close")
declare function proxy_grpc_close(number: u32): Status;

/** Ends the filter's side of a stream. Of a call: cancels it. */
export function closeGrpc(number: u32): Status {
  return proxy_grpc_close(number);
}

// @ts-ignore: decorator
@external("env", "proxy_grpc_cancel")
declare function proxy_grpc_cancel(number: u32): Status;

/** Resets a stream, or cancels a call: nobody is told of it again. */
export function cancelGrpc(number: u32): Status {
  return proxy_grpc_cancel(number);
}
