import type { Command } from "commander";
import type { Context } from "../context.ts";
import { formatOption, type RegistryFlags, registryOptions } from "../options.ts";
import { type Format, printFacts, printJSON } from "../output.ts";

type Flags = RegistryFlags & { format: Format };

export function inspect(program: Command, context: Context): void {
  const verb = program
    .command("inspect")
    .description("say what a module is, needs and accepts")
    .argument("<subject>", "a .wasm file, a filter's folder, an image layout or a reference in a registry");
  registryOptions(verb)
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  $ asmfilter inspect build/hello.wasm\n  $ asmfilter inspect ./store:0.1.0\n  $ asmfilter inspect registry.example.com/filters/hello:0.1.0 --format json",
    )
    .action(async (subject: string, flags: Flags) => {
      const { describe, facts } = await import("../description.ts");
      const [{ openSubject }, { openAccess }] = await Promise.all([import("../subject.ts"), import("../registry.ts")]);
      const found = describe(await openSubject(subject, await openAccess(flags, context), context));
      if (flags.format === "json") printJSON(context, found);
      else printFacts(context, facts(found));
    });
}
