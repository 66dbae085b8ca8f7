import { AsmFilterError, load, type Reply, type TestedFilter } from "@asmfilter/host/testing";
import { type Answer, headerLine, type Outcome } from "./outcome.ts";
import { emptyAnswer, headersOf, isWait, type Message, type Scenario } from "./scenario.ts";

/** How long, in the filter's time, an answer may take. */
const patience = 2000;
/** The steps in which time passes, in milliseconds. */
const pace = 50;

/** Plays a scenario in the host. @param sdkFilters the module of all filters written with the SDK */
export async function playInHost(scenario: Scenario, sdkFilters: Uint8Array): Promise<Outcome> {
  let filter: TestedFilter;
  try {
    filter = await load(scenario.wasm ?? sdkFilters, {
      config: scenario.config,
      rootID: scenario.rootID ?? "",
      clusters: scenario.clusters ?? {},
      upstream: scenario.upstream ?? emptyAnswer,
      failurePolicy: scenario.failurePolicy ?? "FailClosed",
    });
  } catch (error) {
    return { refused: true, started: loggedUntilRefusal(error), logs: [], answers: [] };
  }
  const started = guestLines(filter);
  const answers: Answer[] = [];
  for (const step of scenario.steps) {
    if (isWait(step)) await filter.advance(step.wait);
    else answers.push(answerOf(await request(filter, step)));
    if (!filter.healthy && !scenario.traps)
      throw new Error(`unlike the scenario says, the filter trapped: ${JSON.stringify(filter.logs)}`);
  }
  return { refused: false, started: [...new Set(started)], logs: guestLines(filter).slice(started.length), answers };
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

/** Without those of the VM itself, in which Envoy names nobody. */
function guestLines(filter: TestedFilter): string[] {
  return filter.logs
    .filter(({ source, contextID }) => source === "guest" && contextID !== 0)
    .map(({ level, message }) => `${level}: ${message}`);
}

/** The error tells what the guest logged, a line each. */
function loggedUntilRefusal(error: unknown): string[] {
  if (!(error instanceof AsmFilterError)) throw error;
  const [, logged] = error.message.split("; it logged:\n");
  return logged?.split("\n").map((line) => line.trim()) ?? [];
}
