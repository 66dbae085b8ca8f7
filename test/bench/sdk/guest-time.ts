import { Worker } from "node:worker_threads";
import type { Effort } from "../benchmark.ts";
import type { Workload } from "../peers/index.ts";
import { median, spread } from "../statistics.ts";
import { number, type Table } from "../table.ts";
import { modules, skippedNote } from "./modules.ts";

const LIVE = [0, 1_000, 5_000];
const MEASURED: Workload[] = ["stream", "body"];

/** What the guest's own code costs for a stream, and whether it grows with the streams that are open. */
export async function guestTime({ rounds }: Effort): Promise<Table> {
  const all = (await Promise.all(MEASURED.map(modules))).flatMap((found, index) =>
    found.map((module) => ({ module, workload: MEASURED[index]! })),
  );
  const measured = all.flatMap(({ module, workload }) =>
    "wasm" in module ? [{ peer: module.peer, workload, timer: new Timer(module.wasm) }] : [],
  );
  const times = measured.map(() => LIVE.map(() => [] as number[]));
  // Each round asks every peer once for each number of live streams, so that what disturbs disturbs all of them.
  for (let round = -1; round < rounds; round++) {
    for (const [index, { timer }] of measured.entries()) {
      for (const [at, live] of LIVE.entries()) {
        const time = await timer.measure(live);
        if (round >= 0) times[index]![at]!.push(time);
      }
    }
  }
  await Promise.all(measured.map(({ timer }) => timer.stop()));
  return {
    name: "sdk.guest-time",
    title: "Guest time of one stream",
    note: `µs of CPU in Node, by the number of streams that are open meanwhile; median of ${rounds} interleaved rounds, and the middle half of them. The host is the same for all and does next to nothing. stream: six callbacks (context_create, request_headers, response_headers, log, done, delete) with one read and one write of a header; body: the body filter on 1 KiB.${skippedNote(all.map(({ module }) => module))}`,
    columns: ["filter", "SDK", ...LIVE.flatMap((live) => [`${live.toLocaleString("en")} open`, "half of rounds"])],
    rows: measured.map(({ peer, workload }, index) => [
      workload,
      peer.name,
      ...times[index]!.flatMap((values) => [number(median(values), 2), spread(values, 2)]),
    ]),
  };
}

/** A module in a thread of its own: the engine optimizes the host for the one module that it sees there. */
class Timer {
  readonly #worker: Worker;

  constructor(wasm: Uint8Array) {
    this.#worker = new Worker(new URL("./guest-time-worker.js", import.meta.url), { workerData: wasm });
  }

  /** µs of a stream while `live` others are open. */
  async measure(live: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#worker.once("error", reject);
      this.#worker.once("message", (time: number) => {
        this.#worker.off("error", reject);
        resolve(time);
      });
      this.#worker.postMessage(live);
    });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
