import type { ToldScenario } from "../same-answer/told.ts";

const properties = { "source.address": "127.0.0.1:1024", "upstream.address": "127.0.0.1:1025" };

export const scenarios: readonly ToldScenario[] = [
  {
    name: "passes what is sent, and counts it when the connection is over",
    kind: "tcp",
    properties,
    metrics: ["network_connections", "network_sent_bytes", "network_received_bytes"],
    steps: [
      { by: "client", send: "select 1" },
      { by: "upstream", send: "1\n" },
      { by: "upstream", send: "ok\n" },
      { by: "client", do: "close" },
    ],
    expected: {
      connection: { client: { received: "1\nok\n" }, upstream: { received: "select 1" } },
      logs: ["info: 127.0.0.1 to 127.0.0.1: 8 bytes, and 5 back; closed by the client"],
      metrics: { network_connections: 1, network_sent_bytes: 8, network_received_bytes: 5 },
    },
  },
];
