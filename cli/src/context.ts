/** A stream that a command writes to; a terminal says so by `isTTY`. */
export type OutputStream = NodeJS.WritableStream & { isTTY?: boolean; columns?: number };

/**
 * Everything of the outside world that a run of the command may touch, besides files and network.
 * {@link runProcess} takes it from the process, a test from memory, so that the same code runs in both.
 */
export interface Context {
  /** Receives data, and nothing else. */
  stdout: OutputStream;
  /** Receives everything that is not data: what was done, warnings, errors, progress. */
  stderr: OutputStream;
  stdin: NodeJS.ReadableStream;
  env: NodeJS.ProcessEnv;
  /** The folder against which paths on the command line are resolved; absolute. */
  cwd: string;
  /**
   * Called when work was given up that may go on for a while: the process ends with the command, whatever still holds it.
   * Absent where the process has other things to do.
   */
  abandon?: () => void;
}
