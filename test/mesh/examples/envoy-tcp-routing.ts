import type { ToldScenario } from "../same-answer/told.ts";

/** By FNV-1a of its text, 127.0.0.1 is number 30 of a hundred. */
const percentile = 30;

/** Each scenario has clusters of its own, so that none finds the other's connection. */
const led = (canary: number, to: "stable" | "canary"): ToldScenario => {
  const upstreams = { stable: `stable-${canary}`, canary: `canary-${canary}` };
  return {
    name: `leads the client to ${to} where ${canary} of a hundred are led to canary`,
    kind: "tcp",
    config: { canary },
    vmConfig: { upstreams },
    clusters: { [upstreams.stable]: {}, [upstreams.canary]: {} },
    properties: { "source.address": "127.0.0.1:1024" },
    steps: [
      { by: "client", send: "hello" },
      { by: "upstream", send: "well, hello" },
    ],
    expected: {
      connection: { client: { received: "well, hello" }, upstream: { received: "hello", cluster: upstreams[to] } },
    },
  };
};

export const scenarios: readonly ToldScenario[] = [
  led(0, "stable"),
  led(percentile, "stable"),
  led(percentile + 1, "canary"),
  led(100, "canary"),
];
