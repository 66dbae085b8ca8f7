import type { Table } from "./table.ts";

/** How much is measured; more rounds make the spread smaller. */
export interface Effort {
  readonly rounds: number;
  /** Requests to each filter in each round. */
  readonly requests: number;
}

/** One table of `npm run bench`. */
export interface Benchmark {
  /** As it is asked for: `sdk.bytes`. */
  readonly name: string;
  readonly run: (effort: Effort) => Promise<Table>;
}
