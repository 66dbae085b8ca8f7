import type { Outcome } from "./outcome.ts";
import type { Scenario } from "./scenario.ts";

/** A scenario that tells a part of its outcome beforehand, so that host and Envoy cannot both be wrong unseen. */
export interface ToldScenario extends Scenario {
  /** As `toMatchObject` of vitest takes it: what is left out may be anything, and a list is told whole or by `expect.arrayContaining`. */
  readonly expected: Part<Outcome>;
}

type Part<T> = T extends object ? { readonly [K in keyof T]?: Part<T[K]> } : T;
