/**
 * The command `asmfilter`: from an empty folder to a filter in the mesh.
 *
 *     const code = await main(["build", "hello"], { stdout, stderr, stdin, env: {}, cwd: "/tmp" });
 *
 * One file per verb in `commands/`; what a verb does is done by the packages, which are loaded when it needs them.
 * @module
 */
import type { Context } from "./context.ts";
import { removePartialFiles } from "./files.ts";
import { createProgram } from "./program.ts";
import { report } from "./report.ts";

export type { Context } from "./context.ts";

/**
 * Runs one command line, given without the program's name.
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage. It does not reject, and leaves the process alone.
 */
export async function main(argv: readonly string[], context: Context): Promise<number> {
  const program = createProgram(context);
  try {
    await program.parseAsync([...argv], { from: "user" });
    return 0;
  } catch (error) {
    return report(error, context, program.commands.find((command) => command.name() === argv[0])?.name());
  }
}

/** Runs the command line of this process and sets its exit code. */
export async function runProcess(): Promise<void> {
  // A reader that has seen enough (`asmfilter inspect … | head -1`) is no failure.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  }
  for (const [signal, number] of [
    ["SIGINT", 2],
    ["SIGTERM", 15],
  ] as const) {
    process.once(signal, () => {
      removePartialFiles();
      process.exit(128 + number);
    });
  }
  const { stdin, stdout, stderr, env } = process;
  process.exitCode = await main(process.argv.slice(2), { stdin, stdout, stderr, env, cwd: process.cwd() });
}
