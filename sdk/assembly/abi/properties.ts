import { result } from "../memory/scratch";
import { Status } from "./types";

// @ts-ignore: decorator
@external("env", "proxy_get_property")
declare function proxy_get_property(path: usize, length: usize, value: usize, size: usize): Status;

/** Reads the property whose path, parts separated by NUL, lies at `path`. When it is Ok the answer is to be released. */
export function readProperty(path: usize, length: usize): Status {
  return proxy_get_property(path, length, result, result + 4);
}

// @ts-ignore: decorator
@external("env", "proxy_set_property")
declare function proxy_set_property(path: usize, length: usize, value: usize, size: usize): Status;

/** Envoy keeps it as filter state `wasm.<path>`, and finds it again if the path has one part. */
export function writeProperty(path: usize, length: usize, value: usize, size: usize): Status {
  return proxy_set_property(path, length, value, size);
}
