import { resolve } from "node:path";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { formatOption, keyValue, type RegistryFlags, registryOptions } from "../options.ts";
import { done, type Format, print, printJSON, visible } from "../output.ts";

interface Flags extends RegistryFlags {
  annotation?: Record<string, string>;
  digestFile?: string;
  format: Format;
}

export function push(program: Command, context: Context): void {
  const verb = program
    .command("push")
    .description("push a filter to a registry or an image layout")
    .argument("<filter>", "the filter's folder, which is built first, or a .wasm file")
    .argument("<reference>", "registry/repository:tag, or ./folder:tag for an image layout")
    .option("--annotation <key=value>", "an annotation of the manifest; may be repeated", keyValue)
    .option("--digest-file <file>", "write the digest to a file as well");
  registryOptions(verb)
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nPrints the reference with the digest, as a deployment should name it.\n\nExamples:\n  $ asmfilter push hello registry.example.com/filters/hello:0.1.0\n  $ asmfilter push hello ./store:0.1.0",
    )
    .action(async (filter: string, reference: string, flags: Flags) => {
      const { pushFilter } = await import("../pushing.ts");
      const pushed = await pushFilter(resolve(context.cwd, filter), reference, flags, context);
      if (flags.format === "json") printJSON(context, pushed);
      else print(context, pushed.reference);
      done(context, visible(`pushed ${[pushed.name, pushed.version].join(" ").trimEnd()}`));
    });
}
