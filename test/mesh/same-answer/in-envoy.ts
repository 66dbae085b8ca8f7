import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Envoy, removeFolder, StackError, temporaryFolder } from "../../stack/index.ts";
import { send } from "./client.ts";
import { cluster, listener, listenerOf } from "./envoy-config.ts";
import { guestLines } from "./envoy-log.ts";
import type { Answer, Outcome } from "./outcome.ts";
import { emptyAnswer, isWait, type Scenario } from "./scenario.ts";
import { ScriptServer } from "./script-server.ts";

/** How many scenarios are played at once: so few that Envoy's worker has the time to see each piece of a body on its own. */
const atOnce = 6;

/** A scenario that is set up in Envoy. */
interface Stage {
  /** Names its listener, plugin, VM and cluster. */
  readonly id: string;
  readonly scenario: Scenario;
  readonly upstream: ScriptServer;
}

/** Plays all scenarios in one Envoy. @param sdkFilters the module of all filters written with the SDK */
export async function playInEnvoy(
  scenarios: readonly Scenario[],
  sdkFilters: Uint8Array,
): Promise<Map<Scenario, Outcome>> {
  const folder = await temporaryFolder("scenarios");
  const servers = new Map([["ping", new ScriptServer(emptyAnswer)]]);
  const listeners: object[] = [];
  const stages = scenarios.map((scenario, index): Stage => {
    const id = `scenario-${index}`;
    const upstream = new ScriptServer(scenario.upstream ?? emptyAnswer);
    servers.set(id, upstream);
    for (const [name, script] of Object.entries(scenario.clusters ?? {})) servers.set(name, new ScriptServer(script));
    return { id, scenario, upstream };
  });
  for (const { id, scenario } of stages) {
    const module = join(folder, `${id}.wasm`);
    await writeFile(module, scenario.wasm ?? sdkFilters);
    listeners.push(listener(id, module, scenario));
  }
  // Discovered, since of listeners that are given at the start Envoy would not refuse one and take the others.
  const discovery = join(folder, "listeners.json");
  await writeFile(discovery, JSON.stringify({ resources: listeners }));
  const clusters = await Promise.all([...servers].map(async ([name, server]) => cluster(name, await server.start())));
  const envoy = new Envoy({
    static: { clusters, listeners: [listenerOf("ping", [])] },
    bootstrap: {
      node: { id: "scenarios", cluster: "scenarios" },
      dynamic_resources: { lds_config: { path_config_source: { path: discovery } } },
    },
  });
  try {
    await envoy.start();
    return await playAll(envoy, stages);
  } catch (error) {
    throw envoy.running ? error : new StackError("envoy ended while scenarios were played", envoy.logs());
  } finally {
    await envoy.stop();
    for (const server of servers.values()) server.stop();
    await removeFolder(folder);
  }
}

async function playAll(envoy: Envoy, stages: readonly Stage[]): Promise<Map<Scenario, Outcome>> {
  // The one worker answers when it has started all filters.
  await send(await envoy.port("ping"), {});
  const started = guestLines(envoy.logs());
  const listening = await portsOf(envoy);
  const answers = new Map<Stage, readonly Answer[]>();
  const waiting = stages.filter(({ id }) => listening.has(id));
  const player = async (): Promise<void> => {
    for (let stage = waiting.shift(); stage; stage = waiting.shift()) {
      answers.set(stage, await play(stage, listening.get(stage.id)!));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, player));
  await finished(envoy);
  const all = guestLines(envoy.logs());
  return new Map(
    stages.map((stage) => {
      const { id, scenario } = stage;
      const before = started.get(id) ?? [];
      const outcome: Outcome = {
        refused: !listening.has(id),
        // Envoy starts a filter to try it out, and then once for each thread.
        started: [...new Set(before)],
        logs: (all.get(id) ?? []).slice(before.length),
        answers: answers.get(stage) ?? [],
      };
      return [scenario, outcome];
    }),
  );
}

async function play({ scenario, upstream }: Stage, port: number): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const step of scenario.steps) {
    if (isWait(step)) await sleep(step.wait);
    else answers.push({ ...(await send(port, step)), upstream: upstream.take() });
  }
  return answers;
}

async function portsOf(envoy: Envoy): Promise<Map<string, number>> {
  const { listener_statuses } = JSON.parse(await envoy.admin("/listeners?format=json")) as {
    listener_statuses: { name: string; local_address: { socket_address: { port_value: number } } }[];
  };
  return new Map(listener_statuses.map(({ name, local_address }) => [name, local_address.socket_address.port_value]));
}

/** Resolves when no filter has a stream any more. */
async function finished(envoy: Envoy): Promise<void> {
  const deadline = Date.now() + 5000;
  for (;;) {
    const active = await envoy.admin("/stats?usedonly&filter=^http.scenario-.*downstream_rq_active$");
    if (!/: [1-9]/.test(active)) return;
    if (Date.now() > deadline) throw new Error(`streams that do not end: ${active}`);
    await sleep(20);
  }
}
