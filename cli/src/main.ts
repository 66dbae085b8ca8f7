/**
 * The command `asmfilter`: from an empty folder to a filter in the mesh.
 *
 *     const code = await main(["build", "hello"], { stdout, stderr, stdin, env: {}, cwd: "/tmp" });
 *
 * One file per verb in `commands/`; what a verb does is done by the packages, which are loaded when it needs them.
 * @module
 */
import { CommanderError } from "commander";
import type { Context } from "./context.ts";
import { createProgram } from "./program.ts";

export type { Context } from "./context.ts";

/**
 * Runs one command line, given without the program's name.
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage. It does not reject, and leaves the process alone.
 */
export async function main(argv: readonly string[], context: Context): Promise<number> {
  const program = createProgram(context);
  try {
    const names = [...program.commands.map((command) => command.name()), "help"];
    const unknown = unknownVerb(argv, names);
    await program.parseAsync(unknown === undefined ? [...argv] : [unknown], { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0; // --help and --version end this way
    const { report } = await import("./report.ts");
    return report(error, context, program.commands.find((command) => command.name() === argv[0])?.name());
  }
}

/** Commander answers `nope --help` and `help nope` by its own help, as if there were no mistake. */
function unknownVerb(argv: readonly string[], names: readonly string[]): string | undefined {
  const verb = argv[0] === "help" ? argv[1] : argv[0];
  return verb === undefined || verb.startsWith("-") || names.includes(verb) ? undefined : verb;
}

/** Runs the command line of this process and sets its exit code. */
export async function runProcess(): Promise<void> {
  // A reader that has seen enough (`asmfilter inspect … | head -1`) is no failure.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  }
  process.once("SIGINT", () => process.exit(130));
  process.once("SIGTERM", () => process.exit(143));
  const { stdin, stdout, stderr, env } = process;
  let isAbandoned = false;
  const abandon = () => {
    isAbandoned = true;
  };
  process.exitCode = await main(process.argv.slice(2), { stdin, stdout, stderr, env, cwd: process.cwd(), abandon });
  if (isAbandoned) process.exit();
}
