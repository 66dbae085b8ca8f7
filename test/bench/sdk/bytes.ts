import { fileURLToPath } from "node:url";
import { build } from "@asmfilter/sdk/compiler";
import { removeFolder, temporaryFolder } from "../../stack/process.ts";
import { peers, type Workload, workloads } from "../peers/index.ts";
import { number, type Table } from "../table.ts";
import { modules, skippedNote } from "./modules.ts";

/** How large the modules are that go to the proxies. */
export async function bytes(): Promise<Table> {
  const names = Object.keys(workloads) as Workload[];
  const all = await Promise.all(names.map(modules));
  const rows = names.map((name, index) => [
    `${name}: ${workloads[name]}`,
    ...all[index]!.map((module) => ("wasm" in module ? number(module.wasm.length) : undefined)),
  ]);
  rows.push(["filters/hello: typed configuration, errors that name the field", number(await helloBytes())]);
  return {
    name: "sdk.bytes",
    title: "Bytes of a module",
    note: `${peers.map(({ name, title }) => `${name}: ${title}`).join("; ")}.${skippedNote(all.flat())}`,
    columns: ["filter", ...peers.map(({ name }) => name)],
    rows,
  };
}

async function helloBytes(): Promise<number> {
  const outDir = await temporaryFolder("bench");
  try {
    const folder = fileURLToPath(new URL("../../../../filters/hello", import.meta.url));
    return (await build({ folder, outDir })).wasm.length;
  } finally {
    await removeFolder(outDir);
  }
}
