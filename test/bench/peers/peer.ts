/** What each of the benchmark's filters does; the same host calls in the same order with every SDK. */
export const workloads = {
  empty: "nothing",
  headers: "reads a request header, sets a request header and a response header",
  body: "holds the response's body until it is whole, changes a byte, writes it back",
  call: "pauses the request, calls a service, puts its status into a request header, goes on",
  stream: "keeps a request header for the response, and overrides onLog and onDone",
} as const;

export type Workload = keyof typeof workloads;

/** A way to write filters, and the benchmark's filters written in it. */
export interface Peer {
  readonly name: string;
  /** What exactly is measured, with its version. */
  readonly title: string;
  /** Why the peer cannot be had here; undefined when it can. */
  missing(): string | undefined;
  /** Why the peer cannot express a filter; undefined when it can. */
  unable?(workload: Workload): string | undefined;
  /** The module. Dependencies are installed and modules built once, into the cache folder. */
  build(workload: Workload): Promise<Uint8Array>;
}

/** Folders of the peers' sources, which are not compiled with this package. */
export const peersFolder = new URL("../../../bench/peers/", import.meta.url);
