import { type Command, Option } from "commander";
import type { Context } from "../context.ts";
import { registryOptions } from "../options.ts";
import { printJSON, say, visible, warn } from "../output.ts";
import type { RenderFlags } from "../rendering.ts";

type Flags = RenderFlags & { format: "yaml" | "json" };

export function render(program: Command, context: Context): void {
  const verb = program
    .command("render")
    .description("print the EnvoyFilter of an ASMFilterDeployment, without a cluster")
    .requiredOption("-f, --file <file>", "the resources, in YAML or JSON; - is stdin")
    .option(
      "--artifact <subject>",
      "take the artifact from an image layout or a filter's folder, not from the registry",
    )
    .addOption(new Option("--delivery <mode>", "instead of the resource's own").choices(["direct", "registry"]))
    .option("--cluster-domain <domain>", "the domain of the cluster's Services, for upstreams (default: cluster.local)")
    .option("--controller-address <host:port>", "for delivery Direct: where proxies reach the controller")
    .option("--controller-ca <file>", "for delivery Direct: the controller's CA, PEM")
    .option("--token-file <file>", "for delivery Direct: the resource's token; - is stdin")
    .addOption(new Option("--format <format>", "how it is printed").choices(["yaml", "json"]).default("yaml"));
  registryOptions(verb)
    .addHelpText(
      "after",
      "\nThe parameters are checked by the artifact's schema first, and the bindings by its upstreams. With --delivery registry the result needs no controller.\n\nExamples:\n  $ asmfilter render -f hello.yaml\n  $ asmfilter render -f hello.yaml --artifact ./store:0.1.0 --delivery registry | kubectl apply -f -",
    )
    .action(async (flags: Flags) => {
      const [{ renderAll }, { printYAML }] = await Promise.all([import("../rendering.ts"), import("../yaml.ts")]);
      const { filters, skipped, warnings } = await renderAll(flags, context);
      for (const text of skipped) say(context, visible(text));
      for (const text of warnings) warn(context, text);
      if (flags.format === "json") {
        printJSON(context, filters.length === 1 ? filters[0] : { apiVersion: "v1", kind: "List", items: filters });
      } else printYAML(context, filters);
    });
}
