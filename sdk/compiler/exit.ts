import { AsyncLocalStorage } from "node:async_hooks";

/** asc has met a mistake of its own, where it would have ended the process. */
export class CompilerCrash extends Error {}

const guarded = new AsyncLocalStorage<true>();
let running = 0;
let exit = process.exit;

/**
 * Runs asc, which ends the process when it crashes (asc's `crash`, after printing the stack): what it calls fails
 * with {@link CompilerCrash} instead. Others may end the process meanwhile.
 */
export async function withoutExit<T>(run: () => Promise<T>): Promise<T> {
  if (running++ === 0) {
    exit = process.exit;
    process.exit = ((code?: number) => {
      if (guarded.getStore()) throw new CompilerCrash("the AssemblyScript compiler crashed");
      return exit.call(process, code);
    }) as typeof process.exit;
  }
  try {
    return await guarded.run(true, run);
  } finally {
    if (--running === 0) process.exit = exit;
  }
}
