import {
  AsmFilterError,
  createProxy,
  type FilterOptions,
  type LogRecord,
  type Properties,
  type Reply,
  type TestedConnection,
  type TestedFilter,
  type TestProxy,
} from "@asmfilter/host/testing";
import { type Answer, type Connection, comparableLogs, headerLine, metricsOf, type Outcome } from "./outcome.ts";
import {
  emptyAnswer,
  headersOf,
  isTcp,
  isWait,
  type Message,
  type Plugin,
  type Scenario,
  type TcpStep,
} from "./scenario.ts";

/** How long, in the filter's time, an answer may take. */
const patience = 2000;
/** The steps in which time passes, in milliseconds. */
const pace = 50;

/** Plays a scenario in the host. @param module of those filters that name none */
export async function playInHost(scenario: Scenario, module: Uint8Array): Promise<Outcome> {
  const proxy = createProxy({ clusters: scenario.clusters ?? {} });
  const plugins = [scenario, ...(scenario.others ?? [])].map((plugin, i) => ({ ...plugin, vmID: vmOf(plugin, i) }));
  const loaded: Loaded[] = [];
  for (const plugin of plugins) loaded.push(await start(proxy, plugin, scenario, module));
  const started = proxy.logs.length;
  const answers: Answer[] = [];
  let connection: TestedConnection | undefined;
  for (const step of scenario.steps) {
    const { filter } = loaded["to" in step ? (step.to ?? 0) : 0]!;
    if (!filter) continue;
    if (isWait(step)) await proxy.advance(step.wait);
    else if (isTcp(step)) {
      connection ??= filter.connect();
      act(connection, step);
    } else answers.push(answerOf(await request(filter, step)));
    if (!filter.healthy && !scenario.traps)
      throw new Error(`unlike the scenario says, the filter trapped: ${JSON.stringify(filter.logs)}`);
  }
  const ends = connection && endsOf(connection);
  connection?.close();
  // What is under way arrives.
  await proxy.advance(0);
  const [own, ...others] = loaded.map(({ filter, refusal }, i) =>
    comparableLogs(scenario, {
      refused: filter === undefined,
      started: refusal ?? [...new Set(guestLines(proxy.logs.slice(0, started), plugins[i]!.vmID))],
      logs: refusal ? [] : guestLines(proxy.logs.slice(started), plugins[i]!.vmID),
    }),
  );
  return {
    ...own!,
    answers,
    ...(ends && { connection: ends }),
    ...metricsOf(scenario, new Map(proxy.metrics.all().map(({ name, value }) => [name, Number(value)]))),
    ...(scenario.others && { others }),
  };
}

/** As in Envoy, each plugin has a VM of its own unless it says otherwise. */
function vmOf(plugin: Plugin, index: number): string {
  return plugin.vmID ?? `scenario-${index}`;
}

/** A filter, or what it logged before it was refused. */
interface Loaded {
  readonly filter?: TestedFilter;
  readonly refusal?: readonly string[];
}

async function start(proxy: TestProxy, plugin: Plugin, scenario: Scenario, module: Uint8Array): Promise<Loaded> {
  const options: FilterOptions = {
    config: plugin.config,
    vmConfig: plugin.vmConfig,
    rootID: plugin.rootID ?? "",
    vmID: plugin.vmID ?? "",
    env: plugin.env ?? {},
    upstream: scenario.upstream ?? emptyAnswer,
    properties: propertiesOf(scenario),
    failurePolicy: plugin.failurePolicy ?? "FailClosed",
    ...(scenario.bufferLimit !== undefined && { bufferLimit: scenario.bufferLimit }),
  };
  try {
    return { filter: await proxy.load(plugin.wasm ?? module, options) };
  } catch (error) {
    return { refusal: loggedUntilRefusal(error) };
  }
}

function propertiesOf({ properties, metadata }: Scenario): Properties {
  return {
    ...properties,
    ...(metadata?.route && { "xds.route_metadata": { filter_metadata: metadata.route } }),
    ...(metadata?.request && { metadata: { filter_metadata: metadata.request } }),
  };
}

function act(connection: TestedConnection, step: TcpStep): void {
  const end = step.by === "client" ? connection : connection.upstream;
  if ("send" in step) end?.send(step.send);
  else if (step.do === "end") end?.end();
  else end?.close();
}

function endsOf(connection: TestedConnection): Connection {
  const { upstream, filterState } = connection;
  const cluster = filterState.get("envoy.tcp_proxy.cluster") ?? "upstream";
  return {
    client: { received: connection.text(), ended: connection.ended || connection.closed },
    upstream: upstream && { received: upstream.text(), ended: upstream.ended || upstream.closed, cluster },
  };
}

async function request(filter: TestedFilter, message: Message): Promise<Reply> {
  let waiting = true;
  const reply = filter.request({ ...message, headers: headersOf(message) }).finally(() => {
    waiting = false;
  });
  reply.catch(() => {});
  for (let passed = 0; waiting && passed < patience; passed += pace) await filter.advance(pace);
  return reply;
}

function answerOf(reply: Reply): Answer {
  const { upstream } = reply;
  return {
    status: reply.status,
    headers: reply.headers.entries().map(headerLine),
    body: reply.text(),
    trailers: reply.trailers.entries().map(headerLine),
    complete: !reply.reset,
    upstream: upstream && {
      request: `${upstream.method} ${upstream.authority}${upstream.path}`,
      headers: upstream.headers.entries().map(headerLine),
      body: upstream.text(),
      trailers: upstream.trailers.entries().map(headerLine),
      complete: upstream.complete,
    },
  };
}

/** What guests logged in the VMs of that id, without the lines of the VM itself, in which Envoy names nobody. */
function guestLines(logs: readonly LogRecord[], vm: string): string[] {
  return logs
    .filter(({ source, contextID, vmID }) => source === "guest" && contextID !== 0 && vmID === vm)
    .map(({ level, message }) => `${level}: ${message}`);
}

/** The error tells what the guest logged, a line each. */
function loggedUntilRefusal(error: unknown): string[] {
  if (!(error instanceof AsmFilterError)) throw error;
  const [, logged] = error.message.split("; it logged:\n");
  return logged?.split("\n").map((line) => line.trim()) ?? [];
}
