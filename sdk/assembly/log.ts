import { getLogLevel, writeLog } from "./abi/log";
import { LogLevel } from "./abi/types";

/**
 * The proxy's log.
 *
 * The compiler turns the statement `log.debug(text)` into `if (log.enabled(LogLevel.Debug)) log.debug(text)`: below
 * the proxy's level the text is never built.
 */
export namespace log {
  /** Whether the proxy writes lines of this level. */
  export function enabled(level: LogLevel): bool {
    return level >= getLogLevel();
  }

  export function trace(message: string): void {
    writeLog(LogLevel.Trace, message);
  }

  export function debug(message: string): void {
    writeLog(LogLevel.Debug, message);
  }

  export function info(message: string): void {
    writeLog(LogLevel.Info, message);
  }

  export function warn(message: string): void {
    writeLog(LogLevel.Warn, message);
  }

  export function error(message: string): void {
    writeLog(LogLevel.Error, message);
  }

  export function critical(message: string): void {
    writeLog(LogLevel.Critical, message);
  }
}
