import { type LogLevel, logLevels } from "./abi/index.ts";

/** One line of the proxy's log. */
export interface LogRecord {
  readonly level: LogLevel;
  readonly message: string;
  /** Who wrote it: the guest, or the proxy about the guest (a trap, a failed start). */
  readonly source: "guest" | "proxy";
  /** The id of the VM that it is about. */
  readonly vmID: string;
  /** The context whose callback was running; 0 is the VM itself. */
  readonly contextID: number;
}

/** Whether a log at level `threshold` keeps a line of `level`. */
export function isLogged(level: LogLevel, threshold: LogLevel): boolean {
  return logLevels.indexOf(level) >= logLevels.indexOf(threshold);
}
