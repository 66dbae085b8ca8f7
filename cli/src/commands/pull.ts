import { relative } from "node:path";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { formatOption, registryOptions } from "../options.ts";
import { done, type Format, print, printJSON } from "../output.ts";
import type { PullFlags } from "../pulling.ts";

type Flags = PullFlags & { format: Format };

export function pull(program: Command, context: Context): void {
  const verb = program
    .command("pull")
    .description("fetch a filter: NAME.wasm and NAME.json")
    .argument("<reference>", "registry/repository[:tag][@digest], or ./folder:tag for an image layout")
    .option("-o, --output <path>", "a folder, or a file that ends in .wasm", ".")
    .option("--force", "replace files of those names that hold something else");
  registryOptions(verb)
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nDigests are verified, and nothing is written when one does not fit.\nA file that is there with other content is kept, and pull fails, unless --force is given.\n\nExample:\n  $ asmfilter pull registry.example.com/filters/hello:0.1.0 -o build",
    )
    .action(async (reference: string, flags: Flags) => {
      const { pullFilter } = await import("../pulling.ts");
      const pulled = await pullFilter(reference, flags, context);
      if (flags.format === "json") printJSON(context, pulled);
      else for (const file of pulled.files) print(context, relative(context.cwd, file));
      done(context, `pulled ${pulled.reference}`);
    });
}
