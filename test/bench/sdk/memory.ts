import type { Workload } from "../peers/index.ts";
import { number, type Table } from "../table.ts";
import { MinimalHost } from "./minimal-host.ts";
import { modules, skippedNote } from "./modules.ts";

const MILLION = 1_000_000;
const MILLIONS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const OPEN = 100;
const MEASURED: Workload[] = ["headers", "stream", "body", "call"];
/** The others take minutes for ten million streams, or have no memory to grow. */
const PEERS = ["asmfilter", "rust"];

/** Whether memory stays flat: the curve over ten million streams. */
export async function memory(): Promise<Table> {
  const found = (await Promise.all(MEASURED.map(modules))).map((all) => {
    return all.filter(({ peer }) => PEERS.includes(peer.name));
  });
  const rows = found.flatMap((all, index) =>
    all.flatMap((module) => {
      if ("skipped" in module) return [];
      return [[MEASURED[index]!, module.peer.name, ...curve(module.wasm).map((pages) => number(pages))]];
    }),
  );
  return {
    name: "sdk.memory",
    title: "Memory over ten million streams",
    note: `Pages of 64 KiB after so many streams, of which ${OPEN} are open at any time.${skippedNote(found.flat())}`,
    columns: ["filter", "SDK", ...MILLIONS.map((count) => (count === 0 ? "0" : `${count} M`))],
    rows,
  };
}

function curve(wasm: Uint8Array): number[] {
  const host = new MinimalHost(wasm);
  let next = 2;
  for (; next < 2 + OPEN; next++) host.begin(next);
  return MILLIONS.map((millions) => {
    for (const end = 2 + OPEN + millions * MILLION; next < end; next++) {
      host.begin(next);
      host.end(next - OPEN);
    }
    return host.pages;
  });
}
