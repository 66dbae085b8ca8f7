import { result } from "../memory/scratch";
import { Status } from "./types";

/** Where the host writes the version of what was read. */
const versionResult: usize = memory.data(4, 4);

// @ts-ignore: decorator
@external("env", "proxy_get_shared_data")
declare function proxy_get_shared_data(key: usize, length: usize, value: usize, size: usize, version: usize): Status;

/** Reads what is kept under a key. When it is Ok the answer is to be released, and {@link sharedVersion} is its version. */
export function readShared(key: usize, length: usize): Status {
  return proxy_get_shared_data(key, length, result, result + 4, versionResult);
}

/** The version of what was read last. Never 0. */
@inline
export function sharedVersion(): u32 {
  return load<u32>(versionResult);
}

// @ts-ignore: decorator
@external("env", "proxy_set_shared_data")
declare function proxy_set_shared_data(key: usize, length: usize, value: usize, size: usize, version: u32): Status;

/** Writes unless the key is there in another version; 0 stands for any (proxy-wasm-cpp-host, `SharedData::set`). */
export function writeShared(key: usize, length: usize, value: usize, size: usize, version: u32): Status {
  return proxy_set_shared_data(key, length, value, size, version);
}
