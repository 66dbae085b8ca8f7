import type { LogRecord } from "../src/log.ts";

/** The messages of a log, in order. */
export function messages(logs: readonly LogRecord[]): string[] {
  return logs.map(({ message }) => message);
}
