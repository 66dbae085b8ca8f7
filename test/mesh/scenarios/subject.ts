import type { Scenario } from "../same-answer/scenario.ts";

/** Scenarios of one subject. */
export interface Subject {
  readonly title: string;
  /** AssemblyScript: the filters of those scenarios that give no module of their own. */
  readonly filters?: string;
  readonly scenarios: readonly Scenario[];
}
