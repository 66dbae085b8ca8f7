import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "@asmfilter/sdk/compiler";
import { removeFolder, temporaryFolder } from "../../stack/index.ts";

/** Builds one module of several AssemblyScript sources, by the name of their file. */
export async function buildFilters(
  sources: Readonly<Record<string, string>>,
  type: "http" | "network" = "http",
): Promise<Uint8Array> {
  const folder = await temporaryFolder("filters");
  try {
    await mkdir(join(folder, "assembly"));
    await writeFile(join(folder, "filter.yaml"), `name: scenarios\nversion: 0.0.0\ntype: ${type}\n`);
    const names = Object.keys(sources);
    await writeFile(join(folder, "assembly", "index.ts"), names.map((name) => `import "./${name}";\n`).join(""));
    for (const name of names) await writeFile(join(folder, "assembly", `${name}.ts`), sources[name]!);
    const { wasm } = await build({ folder });
    return wasm;
  } finally {
    await removeFolder(folder);
  }
}
