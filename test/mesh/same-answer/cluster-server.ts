/** A server that a cluster of Envoy's leads to. */
export interface ClusterServer {
  readonly protocol: "http1" | "http2";
  /** Returns the port that it listens on from now on. */
  start(): Promise<number>;
  stop(): void;
}
