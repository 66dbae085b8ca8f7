import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "@asmfilter/sdk/compiler";
import { removeFolder, temporaryFolder } from "../../stack/process.ts";
import { type Peer, peersFolder } from "./peer.ts";

const { version } = JSON.parse(await readFile(new URL(import.meta.resolve("@asmfilter/sdk/package.json")), "utf8")) as {
  version: string;
};

/** This repository's SDK, as `asmfilter build` builds it. */
export const asmfilter: Peer = {
  name: "asmfilter",
  title: `@asmfilter/sdk ${version}`,
  missing: () => undefined,
  async build(workload) {
    const outDir = await temporaryFolder("bench");
    try {
      return (await build({ folder: fileURLToPath(new URL(`asmfilter/${workload}`, peersFolder)), outDir })).wasm;
    } finally {
      await removeFolder(outDir);
    }
  },
};
