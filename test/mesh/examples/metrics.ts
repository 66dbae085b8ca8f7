import type { ToldScenario } from "../same-answer/told.ts";

const requests = (client: string, code: string) => `client=.=${client};.;code=.=${code};.;metrics_requests`;

export const scenarios: readonly ToldScenario[] = [
  {
    name: "counts requests by client and status, and none is open in the end",
    upstream: ({ path }) => ({ status: path === "/missing" ? 404 : 200, headers: { "content-length": "0" } }),
    metrics: [
      requests("shop", "2xx"),
      requests("shop", "4xx"),
      requests("unknown", "2xx"),
      requests("unknown", "4xx"),
      "metrics_open_requests",
    ],
    steps: [
      { headers: { "x-client": "shop" } },
      { headers: { "x-client": "shop" }, body: "12345" },
      { headers: { "x-client": "shop" }, path: "/missing" },
      {},
    ],
    expected: {
      metrics: {
        [requests("shop", "2xx")]: 2,
        [requests("shop", "4xx")]: 1,
        [requests("unknown", "2xx")]: 1,
        [requests("unknown", "4xx")]: undefined,
        metrics_open_requests: 0,
      },
    },
  },
];
