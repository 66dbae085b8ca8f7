import { readFile } from "node:fs/promises";
import binaryen from "binaryen";
import { type Peer, peersFolder } from "./peer.ts";

/** Written by hand: the least that does the work, with no state or export beyond it. */
export const wat: Peer = {
  name: "wat",
  title: "hand-written WAT",
  missing: () => undefined,
  async build(workload) {
    const module = binaryen.parseText(await readFile(new URL(`wat/${workload}.wat`, peersFolder), "utf8"));
    try {
      return module.emitBinary();
    } finally {
      module.dispose();
    }
  },
};
