import { result, resultLength } from "../memory/scratch";
import { BufferType, Status } from "./types";

// @ts-ignore: decorator
@external("env", "proxy_get_buffer_status")
declare function proxy_get_buffer_status(buffer: BufferType, length: usize, flags: usize): Status;

/** Bytes in the buffer now; 0 where it is not there. */
export function bufferLength(buffer: BufferType): u32 {
  return proxy_get_buffer_status(buffer, result, result + 4) == Status.Ok ? load<u32>(result) : 0;
}

// @ts-ignore: decorator
@external("env", "proxy_get_buffer_bytes")
declare function proxy_get_buffer_bytes(buffer: BufferType, start: u32, length: u32, at: usize, size: usize): Status;

/** Reads up to `length` bytes. When it is Ok there are some, and they are the caller's to release. */
export function readBuffer(buffer: BufferType, start: u32, length: u32): Status {
  const status = proxy_get_buffer_bytes(buffer, start, length, result, result + 4);
  return status == Status.Ok && !resultLength() ? Status.Empty : status;
}

// @ts-ignore: decorator
@external("env", "proxy_set_buffer_bytes")
declare function proxy_set_buffer_bytes(buffer: BufferType, start: u32, length: u32, at: usize, size: usize): Status;

/**
 * `start` 0 removes `length` bytes and puts the new ones first; `start` beyond the end appends. Envoy refuses
 * anything else.
 */
export function writeBuffer(buffer: BufferType, start: u32, length: u32, at: usize, size: usize): Status {
  return proxy_set_buffer_bytes(buffer, start, length, at, size);
}
