import { resolve } from "node:path";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { formatOption } from "../options.ts";
import { type Format, formatSize, printFacts, printJSON } from "../output.ts";

interface Flags {
  out?: string;
  format: Format;
}

export function build(program: Command, context: Context): void {
  program
    .command("build")
    .description("compile a filter to build/NAME.wasm, with NAME.json and NAME.wasm.map")
    .argument("[folder]", "the filter's folder, with its filter.yaml", ".")
    .option("-o, --out <folder>", "where to write (default: build/ in the filter's folder)")
    .addOption(formatOption())
    .addHelpText("after", "\nNo npm install is needed in the folder.\n\nExample:\n  $ asmfilter build hello")
    .action(async (argument: string, flags: Flags) => {
      const { buildFolder, sha256 } = await import("../building.ts");
      const folder = resolve(context.cwd, argument);
      const outDir = flags.out === undefined ? undefined : resolve(context.cwd, flags.out);
      const { name, wasm, wasmPath, configPath, mapPath } = await buildFolder(folder, context, outDir);
      const [size, hash] = [wasm.byteLength, sha256(wasm)];
      if (flags.format === "json") {
        printJSON(context, { name, size, sha256: hash, wasm: wasmPath, config: configPath, map: mapPath });
      } else {
        printFacts(context, [
          ["name", name],
          ["size", formatSize(size)],
          ["sha256", hash],
          ["module", wasmPath],
          ["config", configPath],
          ["map", mapPath],
        ]);
      }
    });
}
