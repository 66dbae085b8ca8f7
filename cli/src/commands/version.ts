import type { Command } from "commander";
import type { Context } from "../context.ts";
import { formatOption } from "../options.ts";
import { type Format, printFacts, printJSON } from "../output.ts";

export function version(program: Command, context: Context): void {
  program
    .command("version")
    .description("print the versions of asmfilter, its SDK, compiler, ABI and Node")
    .addOption(formatOption())
    .addHelpText("after", "\nExample:\n  $ asmfilter version --format json")
    .action(async ({ format }: { format: Format }) => {
      const { versions } = await import("../versions.ts");
      const found = versions();
      if (format === "json") printJSON(context, found);
      else printFacts(context, Object.entries(found));
    });
}
