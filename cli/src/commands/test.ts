import { resolve } from "node:path";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { AsmFilterError } from "../errors.ts";

export function test(program: Command, context: Context): void {
  program
    .command("test")
    .description("build a filter and run its tests on a host that acts as Envoy")
    .usage("[options] [folder] [-- vitest arguments]")
    .argument("[folder]", "the filter's folder, with its filter.yaml", ".")
    .argument("[vitest...]", "after --: arguments for vitest, such as a file's name, -t NAME or --reporter=json")
    .addHelpText(
      "after",
      "\nThe tests run in the filter's folder, so build/NAME.wasm is the module; no npm install is needed in it.\n\nExamples:\n  $ asmfilter test hello\n  $ asmfilter test hello -- -t 'carries the header'",
    )
    .action(async (_folder: string, _rest: string[], _flags: object, command: Command) => {
      const { folder, vitest } = split(command, context.cwd);
      const [{ buildFolder }, { runTests }] = await Promise.all([
        import("../building.ts"),
        import("../testing/run.ts"),
      ]);
      const { name } = await buildFolder(folder, context);
      const code = await runTests(folder, vitest, context);
      if (code !== 0) {
        throw new AsmFilterError("ASMF_TESTS_FAILED", `the tests of ${name} did not pass`, {
          hint: "The report above says which and why.",
        });
      }
    });
}

/** Commander joins what stands before and after `--`; only its raw arguments, which its types leave out, still tell them apart. */
function split(command: Command, cwd: string): { folder: string; vitest: string[] } {
  const { rawArgs: raw = [] } = (command.parent ?? {}) as { rawArgs?: string[] };
  const dashes = raw.indexOf("--");
  const vitest = dashes < 0 ? [] : raw.slice(dashes + 1);
  const [folder = ".", ...excess] = command.args.slice(0, command.args.length - vitest.length);
  if (excess.length > 0) {
    throw new AsmFilterError("ASMF_USAGE", `too many arguments for "test": ${excess.join(" ")}`, {
      hint: 'It takes one folder; arguments for vitest come after "--".',
    });
  }
  return { folder: resolve(cwd, folder), vitest };
}
