import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Cluster, GrpcService } from "@asmfilter/host/testing";
import { Envoy, removeFolder, StackError, temporaryFolder } from "../../stack/index.ts";
import { send } from "./client.ts";
import type { ClusterServer } from "./cluster-server.ts";
import { cluster, listener, listenerOf } from "./envoy-config.ts";
import { guestLines } from "./envoy-log.ts";
import { GrpcServer } from "./grpc-server.ts";
import { type Answer, type Connection, comparableLogs, metricsOf, type Outcome } from "./outcome.ts";
import { emptyAnswer, isTcp, isWait, type Plugin, type Scenario } from "./scenario.ts";
import { ScriptServer } from "./script-server.ts";
import { TcpEnd, TcpServer } from "./tcp.ts";

/** How many scenarios are played at once: so few that Envoy's worker has the time to see each piece of a body on its own. */
const atOnce = 6;

/** Milliseconds in which Envoy has done what a step over TCP asks of it. */
const pace = 100;

/** A scenario that is set up in Envoy. */
interface Stage {
  /** Names its listener, plugin, VM and cluster. */
  readonly id: string;
  readonly scenario: Scenario;
  readonly upstream: ScriptServer | TcpServer;
  /** The servers that a TCP connection may reach, by the names of their clusters. */
  readonly tcpServers: ReadonlyMap<string, TcpServer>;
  readonly filters: readonly Running[];
}

/** A filter in its listener. */
interface Running {
  readonly listener: string;
  readonly vm: string;
  readonly plugin: Plugin;
}

/**
 * Plays all scenarios, in one Envoy unless some of them have a cluster or VM of the same name.
 * @param module of those filters that name none
 */
export async function playInEnvoy(scenarios: readonly Scenario[], module: Uint8Array): Promise<Map<Scenario, Outcome>> {
  const outcomes = new Map<Scenario, Outcome>();
  for (const group of groups(scenarios)) {
    for (const [scenario, outcome] of await playGroup(group, module)) outcomes.set(scenario, outcome);
  }
  return outcomes;
}

/** As few groups as it takes for no two scenarios of one to mean different things by the same name. */
function groups(scenarios: readonly Scenario[]): Scenario[][] {
  const made: { names: Map<string, unknown>; scenarios: Scenario[] }[] = [];
  for (const scenario of scenarios) {
    const vms = [scenario, ...(scenario.others ?? [])].flatMap(({ vmID }) => (vmID === undefined ? [] : [vmID]));
    const names = new Map<string, unknown>(vms.map((vm) => [`vm ${vm}`, scenario]));
    for (const [name, script] of Object.entries(scenario.clusters ?? {})) names.set(name, script);
    const fits = (known: Map<string, unknown>): boolean =>
      [...names].every(([name, meaning]) => !known.has(name) || known.get(name) === meaning);
    const free = made.find((group) => fits(group.names));
    const group = free ?? { names: new Map<string, unknown>(), scenarios: [] };
    if (!free) made.push(group);
    group.scenarios.push(scenario);
    for (const [name, meaning] of names) group.names.set(name, meaning);
  }
  return made.map((group) => group.scenarios);
}

async function playGroup(scenarios: readonly Scenario[], module: Uint8Array): Promise<Map<Scenario, Outcome>> {
  const folder = await temporaryFolder("scenarios");
  const servers = new Map<string, ClusterServer>([["ping", new ScriptServer(emptyAnswer)]]);
  const stages = scenarios.map((scenario, index) => stageOf(scenario, `scenario-${index}`, servers));
  const listeners: object[] = [];
  for (const { id, scenario, filters } of stages) {
    for (const { listener: name, plugin } of filters) {
      const file = join(folder, `${name}.wasm`);
      await writeFile(file, plugin.wasm ?? module);
      const made = listener(name, file, plugin, scenario, id);
      const limit = scenario.bufferLimit;
      listeners.push(limit === undefined ? made : { ...made, per_connection_buffer_limit_bytes: limit });
    }
  }
  // Discovered, since of listeners that are given at the start Envoy would not refuse one and take the others.
  const discovery = join(folder, "listeners.json");
  await writeFile(discovery, JSON.stringify({ resources: listeners }));
  const clusters = await Promise.all(
    [...servers].map(async ([name, server]) => cluster(name, await server.start(), server.protocol)),
  );
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

function stageOf(scenario: Scenario, id: string, servers: Map<string, ClusterServer>): Stage {
  const isTcp = scenario.kind === "tcp";
  const upstream = isTcp ? new TcpServer() : new ScriptServer(scenario.upstream ?? emptyAnswer);
  servers.set(id, upstream);
  const tcpServers = new Map<string, TcpServer>();
  if (upstream instanceof TcpServer) tcpServers.set("upstream", upstream);
  for (const [name, script] of Object.entries(scenario.clusters ?? {})) {
    const server = isTcp ? new TcpServer() : (servers.get(name) ?? serverOf(script));
    servers.set(name, server);
    if (server instanceof TcpServer) tcpServers.set(name, server);
  }
  const filters = [scenario, ...(scenario.others ?? [])].map((plugin, index): Running => {
    const name = index === 0 ? id : `${id}-${index}`;
    return { listener: name, vm: plugin.vmID ?? name, plugin };
  });
  return { id, scenario, upstream, tcpServers, filters };
}

function serverOf(script: Cluster): ClusterServer {
  return script instanceof GrpcService ? new GrpcServer(script) : new ScriptServer(script);
}

async function playAll(envoy: Envoy, stages: readonly Stage[]): Promise<Map<Scenario, Outcome>> {
  // The one worker answers when it has started all filters.
  await send(await envoy.port("ping"), {});
  const started = guestLines(envoy.logs());
  const listening = await portsOf(envoy);
  const played = new Map<Stage, Pick<Outcome, "answers" | "connection">>();
  const waiting = stages.filter(({ id }) => listening.has(id));
  const player = async (): Promise<void> => {
    for (let stage = waiting.shift(); stage; stage = waiting.shift()) {
      played.set(stage, await (stage.scenario.kind === "tcp" ? playTcp : play)(stage, listening));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, player));
  await finished(envoy);
  const all = guestLines(envoy.logs());
  const metrics = await allMetrics(envoy);
  return new Map(
    stages.map((stage) => {
      const [own, ...others] = stage.filters.map(({ listener: name, vm }) => {
        const before = started.get(vm) ?? [];
        return comparableLogs(stage.scenario, {
          refused: !listening.has(name),
          // Envoy starts a filter to try it out, and then once for each thread.
          started: [...new Set(before)],
          logs: (all.get(vm) ?? []).slice(before.length),
        });
      });
      const outcome: Outcome = {
        ...own!,
        ...(played.get(stage) ?? { answers: [] }),
        ...metricsOf(stage.scenario, metrics),
        ...(stage.scenario.others && { others }),
      };
      return [stage.scenario, outcome];
    }),
  );
}

async function play({ id, scenario, upstream }: Stage, listening: Ports): Promise<Pick<Outcome, "answers">> {
  const answers: Answer[] = [];
  for (const step of scenario.steps) {
    if (isWait(step)) await sleep(step.wait);
    else if (!isTcp(step)) {
      const port = listening.get(step.to ? `${id}-${step.to}` : id)!;
      answers.push({ ...(await send(port, step)), upstream: (upstream as ScriptServer).take() });
    }
  }
  return { answers };
}

async function playTcp(
  { id, scenario, tcpServers }: Stage,
  listening: Ports,
): Promise<Pick<Outcome, "answers" | "connection">> {
  const client = await TcpEnd.connect(listening.get(id)!);
  const reached = (): [cluster: string, end: TcpEnd] | undefined => {
    for (const [name, { end }] of tcpServers) if (end) return [name, end];
    return undefined;
  };
  await sleep(pace);
  for (const step of scenario.steps) {
    if (isWait(step)) await sleep(step.wait);
    else if (isTcp(step)) {
      (step.by === "client" ? client : reached()?.[1])?.act(step);
      await sleep(pace);
    }
  }
  const found = reached();
  const connection: Connection = {
    client: client.state(),
    upstream: found && { ...found[1].state(), cluster: found[0] },
  };
  client.act({ by: "client", do: "close" });
  await sleep(pace);
  return { answers: [], connection };
}

type Ports = ReadonlyMap<string, number>;

async function portsOf(envoy: Envoy): Promise<Map<string, number>> {
  const { listener_statuses } = JSON.parse(await envoy.admin("/listeners?format=json")) as {
    listener_statuses: { name: string; local_address: { socket_address: { port_value: number } } }[];
  };
  return new Map(listener_statuses.map(({ name, local_address }) => [name, local_address.socket_address.port_value]));
}

/** The counters and gauges of filters, by the name that these gave them. */
async function allMetrics(envoy: Envoy): Promise<Map<string, number>> {
  const { stats } = JSON.parse(await envoy.admin("/stats?format=json&filter=^wasmcustom\\.")) as {
    stats: { name?: string; value?: number }[];
  };
  return new Map(
    stats.flatMap(({ name, value }) =>
      name !== undefined && value !== undefined ? [[name.slice("wasmcustom.".length), value]] : [],
    ),
  );
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
