import type { ClusterResponse, FailurePolicy, RequestInit, ServiceResponse } from "@asmfilter/host/testing";
import type { Outcome } from "./outcome.ts";

/** One filter, what is sent through it, and what stands behind it: to be played in the host and in Envoy, with the same {@link Outcome}. */
export interface Scenario {
  /** A sentence that goes on from the title of its subject. */
  readonly name: string;
  /** The module; where not given, the one of all filters written with the SDK, of which {@link rootID} names one. */
  readonly wasm?: Uint8Array;
  readonly rootID?: string;
  /** An object is passed as JSON, text as it is. */
  readonly config?: unknown;
  /** `FailClosed` where not given. */
  readonly failurePolicy?: FailurePolicy;
  /** Played one after another. */
  readonly steps: readonly Step[];
  /** What the upstream answers: 200 with `content-length: 0` where not given. */
  readonly upstream?: ServiceResponse;
  /** Further services, by the name under which the filter calls them; no other scenario has one of that name. */
  readonly clusters?: Readonly<Record<string, ClusterResponse>>;
  /** Whether the filter traps, on purpose. */
  readonly traps?: boolean;
  /** Whether both refuse to run the filter, so that no step is played. */
  readonly refused?: boolean;
  readonly accident?: Accident;
}

/** A request, or milliseconds to let pass. */
export type Step = Message | { readonly wait: number };

export type Message = Pick<RequestInit, "method" | "path" | "body"> & {
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
