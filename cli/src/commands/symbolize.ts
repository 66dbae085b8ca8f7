import { resolve } from "node:path";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { formatOption } from "../options.ts";
import { type Format, printJSON } from "../output.ts";
import type { SymbolizeFlags } from "../symbolizing.ts";

type Flags = SymbolizeFlags & { format: Format };

export function symbolize(program: Command, context: Context): void {
  program
    .command("symbolize")
    .description("say in a proxy's log at which line of its source a filter trapped")
    .argument("[folder]", 'the filter\'s folder, with its build/NAME.wasm.map (default: ".")')
    .option("--map <file...>", "debug maps, instead of the folder's")
    .option("-f, --file <log>", "the log; - is stdin", "-")
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nLines of other things pass as they are. With --format json only the traps are printed.\nThe map has to be of the module that trapped: the same source gives the same module and map.\n\nExamples:\n  $ kubectl logs -f deploy/details -c istio-proxy | asmfilter symbolize hello\n  $ asmfilter symbolize --map hello.wasm.map --file envoy.log --format json",
    )
    .action(async (folder: string | undefined, flags: Flags) => {
      const { symbolizeLog } = await import("../symbolizing.ts");
      const traps = await symbolizeLog(resolve(context.cwd, folder ?? "."), flags, context);
      if (flags.format === "json") printJSON(context, traps);
    });
}
