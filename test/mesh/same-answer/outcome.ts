import type { Scenario } from "./scenario.ts";

/** All that can be seen of a scenario from outside of the filter. Headers are `name: value`, in their order. */
export interface Outcome {
  /** Whether the filter was not taken into service. */
  readonly refused: boolean;
  /** What the guest logged before the first request, each line once, as `level: text`. */
  readonly started: readonly string[];
  /** What the guest logged after that. */
  readonly logs: readonly string[];
  /** What the client got for each request. */
  readonly answers: readonly Answer[];
  /** What both ends of the TCP connection received, before the client went away in the end. */
  readonly connection?: Connection;
  /** What the metrics that the scenario names stand at in the end; undefined where there is none of the name. */
  readonly metrics?: Readonly<Record<string, number | undefined>>;
  /** What the other filters logged. */
  readonly others?: readonly Pick<Outcome, "refused" | "started" | "logs">[];
}

export interface Connection {
  readonly client: Side;
  /** Undefined where the connection did not reach it. */
  readonly upstream: (Side & { readonly cluster: string }) | undefined;
}

export interface Side {
  readonly received: string;
  /** Whether the other side has ended or closed. */
  readonly ended: boolean;
}

export interface Answer {
  /** 0 where the connection broke off before there was any. */
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[];
  /** Whether it arrived whole. */
  readonly complete: boolean;
  /** The request as the upstream received it; undefined where it received none. */
  readonly upstream: Received | undefined;
}

export interface Received {
  /** `POST example.com/path`. */
  readonly request: string;
  readonly headers: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[];
  readonly complete: boolean;
}

/** What Envoy has to show, by what the host has shown. */
export function expectedOfEnvoy(scenario: Scenario, inHost: Outcome): Outcome {
  return scenario.accident?.inEnvoy(inHost) ?? inHost;
}

/** A header as {@link Outcome} has it. */
export function headerLine([name, value]: readonly [string, string]): string {
  return `${name}: ${value}`;
}

/** Those of the metrics that a scenario names, if it does. */
export function metricsOf({ metrics }: Scenario, all: ReadonlyMap<string, number>): Pick<Outcome, "metrics"> {
  return metrics ? { metrics: Object.fromEntries(metrics.map((name) => [name, all.get(name)])) } : {};
}

/** What a scenario has logged, as far as it is the same each time. */
export function comparableLogs<T extends Pick<Outcome, "started" | "logs">>({ logsAtTicks }: Scenario, logged: T): T {
  if (!logsAtTicks) return logged;
  return { ...logged, started: [], logs: [...new Set([...logged.started, ...logged.logs])] };
}
