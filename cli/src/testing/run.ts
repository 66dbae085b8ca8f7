import { spawn } from "node:child_process";
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Context } from "../context.ts";
import { hasColors } from "../output.ts";

/**
 * Runs the tests of the filter in `folder` by our own vitest, in a process of its own: it then has the folder as its
 * working directory, and an interrupt reaches it as it reaches us.
 * @returns vitest's exit code.
 */
export async function runTests(folder: string, args: readonly string[], context: Context): Promise<number> {
  const script = fileURLToPath(new URL("../../dist/testing/vitest.js", import.meta.url));
  const { NO_COLOR: _no, FORCE_COLOR: _force, ...rest } = context.env;
  const env = hasColors(context.stdout, context.env) ? { ...rest, FORCE_COLOR: "1" } : { ...rest, NO_COLOR: "1" };
  const inherited = context.stdout === process.stdout && context.stderr === process.stderr;
  const child = spawn(process.execPath, [script, ...args], {
    cwd: folder,
    env,
    stdio: inherited ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"],
  });
  child.stdout?.pipe(context.stdout as Writable, { end: false });
  child.stderr?.pipe(context.stderr as Writable, { end: false });
  const stop = () => child.kill();
  process.once("exit", stop); // a signal to us alone must not leave it behind
  return new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  }).finally(() => process.off("exit", stop));
}
