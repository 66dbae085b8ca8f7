import { result } from "../memory/scratch";
import { Status } from "./types";

// @ts-ignore: decorator
@external("env", "proxy_call_foreign_function")
declare function proxy_call_foreign_function(
  name: usize, length: usize, argument: usize, size: usize, value: usize, valueSize: usize): Status;

/** Calls a function that an extension of the proxy has. NotFound where it has none of this name. When it is Ok the answer is to be released. */
export function callForeign(name: usize, length: usize, argument: usize, size: usize): Status {
  return proxy_call_foreign_function(name, length, argument, size, result, result + 4);
}
