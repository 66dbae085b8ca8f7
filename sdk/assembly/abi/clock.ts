import { result } from "../memory/scratch";
import { Status } from "./types";

// @ts-ignore: decorator
@external("env", "proxy_get_current_time_nanoseconds")
declare function proxy_get_current_time_nanoseconds(time: usize): Status;

/** Wall clock time in nanoseconds since 1970. */
export function currentTimeNanoseconds(): u64 {
  proxy_get_current_time_nanoseconds(result);
  return load<u64>(result);
}

// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "random_get")
declare function random_get(at: usize, length: usize): i32;

/** Fills memory with bytes nobody can guess. Envoy gives at most 64 KiB at a time. */
export function fillRandom(at: usize, length: usize): void {
  while (length) {
    const part = min<usize>(length, 0x10000);
    if (random_get(at, part)) unreachable();
    at += part;
    length -= part;
  }
}
