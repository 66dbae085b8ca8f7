/** The thread of {@link guestTime}: asked with a number of live streams, it answers with µs for one more. */
import { existsSync, readFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { MinimalHost } from "./minimal-host.ts";

/** Long enough for the clock, short enough for many rounds. */
const LEAST_MILLISECONDS = 20;

/** A host for each number of live streams that was asked for; they stay open between the rounds. */
const hosts = new Map<number, { host: MinimalHost; next: number }>();

parentPort?.on("message", (live: number) => {
  const state = hosts.get(live) ?? withOpenStreams(live);
  hosts.set(live, state);
  parentPort?.postMessage(measure(state, live));
});

function withOpenStreams(live: number): { host: MinimalHost; next: number } {
  const host = new MinimalHost(workerData as Uint8Array);
  for (let id = 2; id < 2 + live; id++) host.begin(id);
  return { host, next: 2 + live };
}

const CPU_TIME = "/proc/thread-self/schedstat";
const hasCpuTime = existsSync(CPU_TIME);

/** Of this thread's CPU time where the system tells it, so that what else runs takes no part; else of the clock. */
function millisecondsNow(): number {
  return hasCpuTime ? Number(readFileSync(CPU_TIME, "utf8").split(" ")[0]) / 1e6 : performance.now();
}

function measure(state: { host: MinimalHost; next: number }, live: number): number {
  const { host } = state;
  let count = 0;
  let milliseconds = 0;
  for (let batch = 8; milliseconds < LEAST_MILLISECONDS; batch *= 2) {
    const start = millisecondsNow();
    for (let i = 0; i < batch; i++) {
      const id = state.next++;
      host.begin(id);
      host.end(id - live);
    }
    milliseconds = millisecondsNow() - start;
    count = batch;
  }
  return (milliseconds * 1000) / count;
}
