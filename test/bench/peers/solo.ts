import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { builtPeer, npmInstall, run } from "./installed.ts";
import { type Peer, type Workload, workloads } from "./peer.ts";

const unable: Peer["unable"] = (workload) =>
  workload === "body" ? "the SDK declares no function that writes a body" : undefined;

/** solo.io's SDK, with the compiler that its own package names: it compiles with no newer one. */
export const solo: Peer = {
  name: "solo",
  title: "@solo-io/proxy-runtime 0.1.8, asc 0.14.9 -O3",
  missing: () => undefined,
  unable,
  async build(workload) {
    const folder = await builtPeer("solo", async (folder) => {
      await npmInstall(folder);
      for (const name of (Object.keys(workloads) as Workload[]).filter((name) => !unable(name))) {
        const args = [`assembly/${name}.ts`, "--use", "abort=abort_proc_exit", "-O3", "-b", `${name}.wasm`];
        await run(folder, process.execPath, ["node_modules/assemblyscript/bin/asc", ...args]);
      }
    });
    return readFile(join(folder, `${workload}.wasm`));
  },
};
