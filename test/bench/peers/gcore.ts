import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { builtPeer, npmInstall, run } from "./installed.ts";
import { type Peer, type Workload, workloads } from "./peer.ts";

/** G-Core's fork of solo's SDK, with the options its README and its shim for WASI ask for. */
export const gcore: Peer = {
  name: "gcore",
  title: "@gcoredev/proxy-wasm-sdk-as 1.2.3, asc 0.28.20 -O3",
  missing: () => undefined,
  async build(workload) {
    const folder = await builtPeer("gcore", async (folder) => {
      await npmInstall(folder);
      for (const name of Object.keys(workloads) as Workload[]) {
        const args = [`assembly/${name}.ts`, "-O3", "-o", `${name}.wasm`];
        await run(folder, process.execPath, ["node_modules/assemblyscript/bin/asc.js", ...args]);
      }
    });
    return readFile(join(folder, `${workload}.wasm`));
  },
};
