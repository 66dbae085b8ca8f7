/**
 * What the language's library expects of a browser or of Node, said in terms of a proxy. Left alone, each of these would become
 * an import from `env` that no proxy has, and the module would not load.
 */
import { currentTimeNanoseconds, fillRandom } from "../abi/clock";
import { environmentVariables } from "../abi/environment";
import { writeLog } from "../abi/log";
import { LogLevel } from "../abi/types";

export namespace Date {
  export function now(): f64 {
    return <f64>(currentTimeNanoseconds() / 1000000);
  }
}

export namespace performance {
  export function now(): f64 {
    return <f64>currentTimeNanoseconds() / 1e6;
  }
}

export namespace console {
  export function assert(condition: bool, message: string): void {
    if (!condition) writeLog(LogLevel.Error, message);
  }

  export function log(text: string): void {
    writeLog(LogLevel.Info, text);
  }

  export function debug(text: string): void {
    writeLog(LogLevel.Debug, text);
  }

  export function info(text: string): void {
    writeLog(LogLevel.Info, text);
  }

  export function warn(text: string): void {
    writeLog(LogLevel.Warn, text);
  }

  export function error(text: string): void {
    writeLog(LogLevel.Error, text);
  }

  export function time(label: string): void {
    timers.set(label, performance.now());
  }

  export function timeLog(label: string): void {
    if (!timers.has(label)) writeLog(LogLevel.Warn, "Timer '" + label + "' does not exist");
    else writeLog(LogLevel.Info, label + ": " + (performance.now() - timers.get(label)).toString() + "ms");
  }

  export function timeEnd(label: string): void {
    timeLog(label);
    timers.delete(label);
  }
}

// @ts-ignore: decorator
@lazy const timers = new Map<string, f64>();

export namespace crypto {
  export function getRandomValues(array: Uint8Array): void {
    fillRandom(array.dataStart, array.length);
  }
}

export namespace process {
  /** A filter is given no arguments. */
  // @ts-ignore: decorator
  @lazy export const argv: string[] = [];

  // Refused where it is used: a filter cannot end the proxy.
  // @ts-ignore: decorator
  @external("env", "process.exit")
  export declare function exit(code: i32): void;
}

/** What the library's `process.env` is: the variables of the VM. */
export function lazyEnv(): Map<string, string> {
  return environmentVariables();
}

/** Starts `Math.random`, which is not for secrets. */
export function seed(): f64 {
  return reinterpret<f64>(currentTimeNanoseconds());
}

/** The language's `trace(message, count, numbers…)`, at the level of that name. */
export function trace(message: string, n: i32 = 0, a: f64 = 0, b: f64 = 0, c: f64 = 0, d: f64 = 0, e: f64 = 0): void {
  if (n > 0) message += " " + a.toString();
  if (n > 1) message += ", " + b.toString();
  if (n > 2) message += ", " + c.toString();
  if (n > 3) message += ", " + d.toString();
  if (n > 4) message += ", " + e.toString();
  writeLog(LogLevel.Trace, message);
}

/** Where `throw`, `assert` and the language's own checks end: says why, and traps. The place would be the library's. */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  if (message !== null) writeLog(LogLevel.Critical, message);
  unreachable();
}
