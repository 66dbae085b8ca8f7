import type {
  Cluster,
  FailurePolicy,
  FilterOptions,
  Properties,
  RequestInit,
  Service,
  ServiceResponse,
} from "@asmfilter/host/testing";
import type { Outcome } from "./outcome.ts";

/** A filter to be run. */
export interface Plugin extends Pick<FilterOptions, "rootID" | "config" | "vmConfig" | "vmID" | "env"> {
  /** The module; where not given, the one that is played with, of which {@link rootID} names a filter. */
  readonly wasm?: Uint8Array;
  /** `FailClosed` where not given. */
  readonly failurePolicy?: FailurePolicy;
}

/** One filter, what is sent through it, and what stands behind it: to be played in the host and in Envoy, with the same {@link Outcome}. */
export interface Scenario extends Plugin {
  /** A sentence that goes on from the title of its subject. */
  readonly name: string;
  /** A filter of requests, or of one TCP connection; `http` where not given. */
  readonly kind?: "http" | "tcp";
  /** Played one after another. */
  readonly steps: readonly Step[];
  /** What the upstream answers: 200 with `content-length: 0` where not given. */
  readonly upstream?: Service;
  /** Further services, by the name under which the filter calls them; of a TCP scenario they are servers that it can be led to. */
  readonly clusters?: Readonly<Record<string, Cluster>>;
  /** Properties that Envoy has of its own, and the host must be told. */
  readonly properties?: Properties;
  readonly metadata?: Metadata;
  /** Bytes of a body that may wait in the filter; Envoy's default where not given. */
  readonly bufferLimit?: number;
  /** Further filters in the same proxy, each in front of the same upstream. */
  readonly others?: readonly Plugin[];
  /** Names of counters and gauges whose values are part of the outcome; no other scenario may count by them. */
  readonly metrics?: readonly string[];
  /**
   * Whether the filter logs at ticks, which come when they come, and in Envoy in the VM of the main thread as well: of each line there
   * is one in the outcome then, among those after the start.
   */
  readonly logsAtTicks?: boolean;
  /** Whether the filter traps, on purpose. */
  readonly traps?: boolean;
  /** Whether both refuse to run the filter, so that no step is played. */
  readonly refused?: boolean;
  readonly accident?: Accident;
}

/** Metadata by the name of the filter that it is for, as `filter_metadata` has it. */
export interface Metadata {
  /** Of the route: `xds.route_metadata`. */
  readonly route?: Readonly<Record<string, Fields>>;
  /** Of the request, as a filter before this one set it: `metadata`. */
  readonly request?: Readonly<Record<string, Fields>>;
}

type Fields = { readonly [key: string]: string | Fields };

/** A request, or what is done to the connection, or milliseconds to let pass. */
export type Step = Message | TcpStep | { readonly wait: number };

/** One side of the TCP connection sends text, sends no more, or goes away. The first step connects. */
export type TcpStep = { readonly by: "client" | "upstream" } & (
  | { readonly send: string }
  | { readonly do: "end" | "close" }
);

export type Message = Pick<RequestInit, "method" | "path" | "body"> & {
  /** Goes through that one of the other filters, counted from 1. */
  readonly to?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly trailers?: Readonly<Record<string, string>>;
};

/** Where Envoy has another outcome for a reason that is no filter's business. */
export interface Accident {
  readonly reason: string;
  /** What Envoy makes of it where the host has this outcome. */
  readonly inEnvoy: (inHost: Outcome) => Outcome;
}

/** What upstreams answer that have no script: Node's server would say so too. */
export const emptyAnswer: ServiceResponse = { headers: { "content-length": "0" } };

/** The headers of a request, with the one that Envoy would add otherwise, in sight of the filter. */
export function headersOf({ headers }: Message): Readonly<Record<string, string | readonly string[]>> {
  return { "x-forwarded-proto": "http", ...headers };
}

export function isWait(step: Step): step is { readonly wait: number } {
  return "wait" in step;
}

export function isTcp(step: Step): step is TcpStep {
  return "by" in step;
}
