import type { ToldScenario } from "../same-answer/told.ts";

export const scenarios: readonly ToldScenario[] = [
  {
    name: "shows what the service said at the last tick",
    config: { period: "100ms" },
    logsAtTicks: true,
    vmConfig: { upstreams: { notices: "dispatch-on-tick-notices" } },
    clusters: { "dispatch-on-tick-notices": ({ path }) => ({ body: `${path}: closed today\n` }) },
    upstream: { headers: { "content-length": "0" } },
    steps: [{ wait: 800 }, {}, {}],
    expected: {
      answers: [
        { status: 200, headers: ["content-length: 0", "x-notice: /notice: closed today"] },
        { status: 200, headers: ["content-length: 0", "x-notice: /notice: closed today"] },
      ],
      logs: ["info: the notice is now: /notice: closed today"],
    },
  },
  {
    name: "says once that the service fails, and lets responses through",
    config: { period: "100ms", path: "/broken" },
    logsAtTicks: true,
    vmConfig: { upstreams: { notices: "dispatch-on-tick-broken" } },
    clusters: { "dispatch-on-tick-broken": { status: 500 } },
    upstream: { headers: { "content-length": "0" } },
    steps: [{ wait: 800 }, {}],
    expected: {
      answers: [{ status: 200, headers: ["content-length: 0"] }],
      logs: ["warn: no notice: status 500"],
    },
  },
  {
    name: "says once that the proxy has no such service",
    config: { period: "100ms" },
    logsAtTicks: true,
    vmConfig: { upstreams: { notices: "nowhere" } },
    upstream: { headers: { "content-length": "0" } },
    steps: [{ wait: 800 }, {}],
    expected: { answers: [{ status: 200 }], logs: ["warn: no notice: there is no upstream"] },
  },
];
