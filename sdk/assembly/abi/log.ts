import { release, result } from "../memory/scratch";
import { encode, encodedLength } from "../memory/text";
import { LogLevel, Status } from "./types";

// @ts-ignore: decorator
@external("env", "proxy_log")
declare function proxy_log(level: LogLevel, message: usize, length: usize): Status;

/** Writes a line to the proxy's log. */
export function writeLog(level: LogLevel, message: string): void {
  const at = encode(message);
  writeLogBytes(level, at, encodedLength);
  release(at);
}

/** Writes `length` bytes of UTF-8 to the proxy's log. */
export function writeLogBytes(level: LogLevel, at: usize, length: usize): void {
  proxy_log(level, at, length);
}

// @ts-ignore: decorator
@external("env", "proxy_get_log_level")
declare function proxy_get_log_level(level: usize): Status;

/** The least severe level that the proxy writes. */
export function getLogLevel(): LogLevel {
  proxy_get_log_level(result);
  return load<i32>(result);
}
