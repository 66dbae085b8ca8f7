import type { ToldScenario } from "../same-answer/told.ts";

const upstream = { headers: { "x-product": "green tea" }, body: "tea" };

export const scenarios: readonly ToldScenario[] = [
  {
    name: "waits for both services, and adds what they say",
    vmConfig: { upstreams: { prices: "dispatches-prices", stock: "dispatches-stock" } },
    clusters: {
      "dispatches-prices": ({ path }) => ({ body: `4.20 for ${path}\n`, delay: 100 }),
      "dispatches-stock": { body: "7" },
    },
    upstream,
    steps: [{}],
    expected: {
      answers: [
        {
          headers: [
            "x-product: green tea",
            "content-length: 3",
            "x-in-stock: 7",
            "x-price: 4.20 for /prices/green%20tea",
          ],
          body: "tea",
        },
      ],
      logs: [],
    },
  },
  {
    name: "goes on without those that fail",
    vmConfig: { upstreams: { prices: "dispatches-reset", stock: "dispatches-slow" } },
    config: { timeout: "100ms" },
    clusters: { "dispatches-reset": "reset", "dispatches-slow": { body: "7", delay: 1000 } },
    upstream,
    steps: [{}],
    expected: {
      answers: [{ headers: ["x-product: green tea", "content-length: 3"], body: "tea" }],
      logs: ["warn: no answer for x-price", "warn: no answer for x-in-stock"],
    },
  },
  {
    name: "does not wait where the proxy has no such services",
    vmConfig: { upstreams: { prices: "nowhere", stock: "nowhere" } },
    upstream,
    steps: [{}],
    expected: {
      answers: [{ status: 200, body: "tea" }],
      logs: ["warn: cannot ask for x-price", "warn: cannot ask for x-in-stock"],
    },
  },
];
