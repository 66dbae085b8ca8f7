import { type Peer, peers, type Workload } from "../peers/index.ts";

/** A module of a peer's, or why there is none. */
export type Module =
  | { readonly peer: Peer; readonly wasm: Uint8Array }
  | { readonly peer: Peer; readonly skipped: string };

const built = new Map<string, Promise<Module>>();

/** Every peer's module of a filter, in the order of the tables; built once in a run. */
export function modules(workload: Workload): Promise<Module[]> {
  return Promise.all(peers.map((peer) => moduleOf(peer, workload)));
}

function moduleOf(peer: Peer, workload: Workload): Promise<Module> {
  const key = `${peer.name} ${workload}`;
  const module = built.get(key) ?? make(peer, workload);
  built.set(key, module);
  return module;
}

async function make(peer: Peer, workload: Workload): Promise<Module> {
  const reason = peer.missing() ?? peer.unable?.(workload);
  if (reason !== undefined) return skip(peer, workload, reason);
  try {
    return { peer, wasm: await peer.build(workload) };
  } catch (error) {
    // This repository's own are no peer that may be missing.
    if (peer.name === "asmfilter" || peer.name === "wat") throw error;
    return skip(peer, workload, (error as Error).message);
  }
}

function skip(peer: Peer, workload: Workload, skipped: string): Module {
  process.stderr.write(`bench: skipped ${peer.name}, ${workload}: ${skipped}\n`);
  return { peer, skipped };
}

/** What a table says below its numbers of what it has not: each peer that is skipped, with the reason. */
export function skippedNote(modules: readonly Module[]): string {
  const notes = modules.flatMap((module) => {
    return "skipped" in module ? [`${module.peer.name}: ${module.skipped.split("\n")[0]}`] : [];
  });
  return notes.length > 0 ? ` Skipped: ${[...new Set(notes)].join("; ")}.` : "";
}
