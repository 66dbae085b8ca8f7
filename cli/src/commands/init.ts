import { basename, relative, resolve } from "node:path";
import { type Command, Option } from "commander";
import type { Context } from "../context.ts";
import { formatOption } from "../options.ts";
import { done, type Format, print, printJSON, say } from "../output.ts";

interface Flags {
  name?: string;
  template: string;
  format: Format;
}

export function init(program: Command, context: Context): void {
  program
    .command("init")
    .description("write the folder of a new filter, with a test that passes")
    .argument("[folder]", "where to write it; made when missing", ".")
    .option("--name <name>", "the filter's name (default: the folder's)")
    .addOption(
      new Option("--template <template>", "what to start from")
        .choices(["http", "auth", "grpc", "network", "empty"])
        .default("http"),
    )
    .addOption(formatOption())
    .addHelpText("after", "\nA file that exists is never overwritten.\n\nExample:\n  $ asmfilter init hello")
    .action(async (argument: string, flags: Flags) => {
      const { writeTemplate } = await import("../template.ts");
      const folder = resolve(context.cwd, argument);
      const name = flags.name ?? basename(folder);
      const files = await writeTemplate(flags.template, folder, name);
      if (flags.format === "json") printJSON(context, { name, folder, files });
      else for (const file of files) print(context, relative(context.cwd, resolve(folder, file)));
      done(context, `${name} is ready. Next:`);
      const shown = relative(context.cwd, folder);
      for (const verb of ["build", "test"]) say(context, `  asmfilter ${verb}${shown === "" ? "" : ` ${shown}`}`);
    });
}
