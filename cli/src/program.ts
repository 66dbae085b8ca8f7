import { Command } from "commander";
import { build } from "./commands/build.ts";
import { init } from "./commands/init.ts";
import { inspect } from "./commands/inspect.ts";
import { pull } from "./commands/pull.ts";
import { push } from "./commands/push.ts";
import { render } from "./commands/render.ts";
import { symbolize } from "./commands/symbolize.ts";
import { test } from "./commands/test.ts";
import { version } from "./commands/version.ts";
import type { Context } from "./context.ts";
import { hasColors, painter } from "./output.ts";
import { ownVersion } from "./versions.ts";

/** The command line: its verbs in the order in which a filter needs them. */
export function createProgram(context: Context): Command {
  const program = new Command("asmfilter")
    .description("Proxy-wasm filters in AssemblyScript: from an empty folder to a filter in the mesh.")
    .version(ownVersion(), "-V, --version", "print the version of asmfilter")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [verb]", "print the help of a verb")
    .showSuggestionAfterError();
  atTheRim(program, context);
  for (const verb of [init, build, test, inspect, symbolize, push, pull, render, version]) verb(program, context);
  program.addHelpText(
    "after",
    "\nStart with:\n  $ asmfilter init hello\n  $ asmfilter test hello\n\nData goes to stdout, all else to stderr. Exit codes: 0 done, 1 failed, 2 wrong usage.",
  );
  return program;
}

/** Sends commander's output to the context's streams, and its errors to whoever called, instead of ending the process. */
function atTheRim(program: Command, context: Context): void {
  const bold = (text: string) => painter(context.stdout, context.env)("bold", text);
  program
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: () => undefined, // report.ts prints it, in the form of all errors
      getOutHelpWidth: () => context.stdout.columns ?? 100,
      getErrHelpWidth: () => context.stderr.columns ?? 100,
      getOutHasColors: () => hasColors(context.stdout, context.env),
      getErrHasColors: () => hasColors(context.stderr, context.env),
    })
    .configureHelp({ styleTitle: bold });
}
