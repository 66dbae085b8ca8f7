import { peers, type Workload, workloads } from "../peers/index.ts";
import { number, type Table } from "../table.ts";
import { MinimalHost } from "./minimal-host.ts";
import { modules, skippedNote } from "./modules.ts";

const MEASURED: Workload[] = ["headers", "body", "call", "stream"];

/** How often the border between proxy and module is crossed for one stream: whether all do the same work. */
export async function hostCalls(): Promise<Table> {
  const all = await Promise.all(MEASURED.map(modules));
  const rows = MEASURED.flatMap((workload, index) => {
    const counts = all[index]!.map((module) => ("wasm" in module ? countsOf(module.wasm) : new Map<string, number>()));
    const names = [...new Set(counts.flatMap((count) => [...count.keys()]))];
    return names.map((name) => [
      `${workload}: ${workloads[workload]}`,
      name,
      ...counts.map((count) => (count.size > 0 ? number(count.get(name) ?? 0) : undefined)),
    ]);
  });
  return {
    name: "sdk.host-calls",
    title: "Host calls of one stream",
    note: `The work of a filter is the same where the host calls are. Entries are callbacks and allocations, each a crossing too.${skippedNote(all.flat())}`,
    columns: ["filter", "what", ...peers.map(({ name }) => name)],
    rows,
  };
}

function countsOf(wasm: Uint8Array): Map<string, number> {
  const host = new MinimalHost(wasm, true);
  // The second of its kind: the first may set things up.
  host.begin(2);
  host.end(2);
  host.calls.clear();
  host.entered = 0;
  host.begin(3);
  host.end(3);
  return new Map([["entries into the module", host.entered], ...[...host.calls].sort()]);
}
