import type { ToldScenario } from "../same-answer/told.ts";

const canary = (percentage: number) => ({ host: "canary.example.com", percentage });

export const scenarios: readonly ToldScenario[] = [
  {
    name: "sends all to the canary but who does not want to",
    config: canary(100),
    steps: [{ path: "/cart" }, { path: "/cart", headers: { "x-canary": "never" } }],
    expected: {
      answers: [
        {
          upstream: {
            request: "GET canary.example.com/cart",
            headers: ["x-forwarded-proto: http", "x-forwarded-host: example.com"],
          },
        },
        { upstream: { request: "GET example.com/cart" } },
      ],
    },
  },
  {
    name: "sends nobody to the canary but who wants to",
    config: canary(0),
    steps: [{ path: "/cart" }, { path: "/cart", headers: { "x-canary": "always" } }],
    expected: {
      answers: [
        { upstream: { request: "GET example.com/cart", headers: ["x-forwarded-proto: http"] } },
        { upstream: { request: "GET canary.example.com/cart" } },
      ],
    },
  },
];
