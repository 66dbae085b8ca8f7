import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Envoy, envoyMissing } from "../../stack/envoy.ts";
import { removeFolder, temporaryFolder } from "../../stack/process.ts";
import type { Effort } from "../benchmark.ts";
import { cpuTimeMissing, threadNanoseconds } from "../cpu.ts";
import { Load, type Reply } from "../load.ts";
import { type Workload, workloads } from "../peers/index.ts";
import { median, spread } from "../statistics.ts";
import { number, type Table } from "../table.ts";
import { authCluster, BODY, listener } from "./envoy-config.ts";
import { type Module, modules, skippedNote } from "./modules.ts";

const CONNECTIONS = 16;
const WARM_UP = 5_000;
const MEASURED = ["headers", "body", "call"] as const;

/** Whether the filter did its work, so that nothing is measured that does not. */
const isDone: Record<(typeof MEASURED)[number], (reply: Reply) => boolean> = {
  headers: ({ headers }) => headers.get("x-hello") === "world" && headers.get("told-x-seen") === "somebody",
  body: ({ body }) => body === `#${BODY.slice(1)}`,
  call: ({ headers }) => headers.get("told-x-auth") === "200",
};

/** What is sent to one listener, and what it cost, a figure a round in µs per request. */
interface Variant {
  readonly name: string;
  readonly workload: (typeof MEASURED)[number];
  readonly peer: string;
  readonly wasm?: Uint8Array;
  readonly times: number[];
}

/** What a filter costs in a real Envoy: CPU of its worker thread per request. */
export async function envoyCpu(effort: Effort): Promise<Table> {
  const missing = envoyMissing() ?? cpuTimeMissing();
  const found = await Promise.all(MEASURED.map(modules));
  const variants = MEASURED.flatMap((workload, index) => variantsOf(workload, found[index]!));
  if (missing) process.stderr.write(`bench: skipped sdk.envoy-cpu: ${missing}\n`);
  else await measureAll(variants, effort);
  return {
    name: "sdk.envoy-cpu",
    title: "CPU in Envoy",
    note: missing
      ? `Skipped: ${missing}.`
      : `µs of the worker thread for a request, and what of it the filter adds to no filter in the same round: medians of ${effort.rounds} interleaved rounds of ${effort.requests} requests to each, with the middle half of the rounds. ${CONNECTIONS} connections, ${BODY.length} bytes of direct response, one Envoy with one worker; the service that is called is another process.${skippedNote(found.flat())}`,
    columns: ["filter", "SDK", "CPU", "half of rounds", "added", "half of rounds ", "× WAT", "× no filter"],
    rows: variants.map((variant) => row(variant, variants)),
  };
}

function variantsOf(workload: Variant["workload"], found: readonly Module[]): Variant[] {
  const without: Variant = { name: `${workload}-none`, workload, peer: "no filter", times: [] };
  const others = found.flatMap((module) =>
    "wasm" in module
      ? [{ name: `${workload}-${module.peer.name}`, workload, peer: module.peer.name, wasm: module.wasm, times: [] }]
      : [],
  );
  return [without, ...others];
}

function row(variant: Variant, all: readonly Variant[]): Table["rows"][number] {
  const { workload, peer, times } = variant;
  const of = (name: string) => all.find((other) => other.workload === workload && other.peer === name)!;
  const added = (of: Variant, without: Variant) => of.times.map((time, round) => time - without.times[round]!);
  const without = of("no filter");
  const own = added(variant, without);
  const isFilter = variant !== without;
  return [
    `${workload}: ${workloads[workload as Workload]}`,
    peer,
    number(median(times), 1),
    spread(times, 1),
    isFilter ? number(median(own), 1) : undefined,
    isFilter ? spread(own, 1) : undefined,
    isFilter ? number(median(own) / median(added(of("wat"), without)), 2) : undefined,
    number(median(times) / median(without.times), 2),
  ];
}

async function measureAll(variants: readonly Variant[], effort: Effort): Promise<void> {
  const folder = await temporaryFolder("bench");
  const service = new Envoy({ static: { listeners: [listener("service")] } });
  let envoy: Envoy | undefined;
  try {
    await service.start();
    const clusters = [authCluster(await service.port("service"))];
    const listeners = await Promise.all(variants.map((variant) => listenerOf(variant, folder)));
    envoy = new Envoy({ static: { listeners, clusters }, componentLogLevel: "wasm:error" });
    await envoy.start();
    await measure(variants, envoy, effort);
  } finally {
    await envoy?.stop();
    await service.stop();
    await removeFolder(folder);
  }
}

async function listenerOf({ name, wasm }: Variant, folder: string): Promise<object> {
  if (!wasm) return listener(name);
  const file = join(folder, `${name}.wasm`);
  await writeFile(file, wasm);
  return listener(name, file);
}

async function measure(variants: readonly Variant[], envoy: Envoy, { rounds, requests }: Effort): Promise<void> {
  const loads: Load[] = [];
  try {
    for (const variant of variants) loads.push(await Load.open(await envoy.port(variant.name), CONNECTIONS));
    for (const [index, variant] of variants.entries()) await prepare(variant, loads[index]!);
    for (let round = 0; round < rounds; round++) {
      for (let i = 0; i < variants.length; i++) {
        // Each round begins at another, so that none always follows the same one.
        const at = (i + round) % variants.length;
        const before = worker(envoy);
        await loads[at]!.run("/", requests);
        variants[at]!.times.push((worker(envoy) - before) / 1000 / requests);
      }
    }
  } finally {
    for (const load of loads) load.close();
  }
}

const worker = (envoy: Envoy) => threadNanoseconds(envoy.pid!, /^wrk:worker/);

/** Sees that the filter works, and lets the engine optimize it. @throws when it does not work */
async function prepare({ name, workload, wasm }: Variant, load: Load): Promise<void> {
  const reply = await load.one("/tell");
  if (wasm && !isDone[workload](reply)) {
    throw new Error(`${name} did not do its work: ${reply.status} ${JSON.stringify([...reply.headers])}`);
  }
  await load.run("/", WARM_UP);
}
