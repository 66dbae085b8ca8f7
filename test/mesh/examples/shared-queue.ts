import type { ToldScenario } from "../same-answer/told.ts";

export const scenarios: readonly ToldScenario[] = [
  {
    name: "passes a record of each request to the receiver's VM",
    rootID: "sender",
    config: { receiver: "shared-queue-receiver" },
    others: [{ rootID: "receiver", vmID: "shared-queue-receiver" }],
    upstream: ({ path }) => ({ status: path === "/b" ? 404 : 200, headers: { "content-length": "0" } }),
    steps: [{ path: "/a?token=1" }, { path: "/b", body: "hello" }, { wait: 100 }],
    expected: { logs: [], others: [{ logs: ["info: record: GET /a 200", "info: record: POST /b 404"] }] },
  },
  {
    name: "says that nobody takes it where there is no receiver",
    rootID: "sender",
    config: { receiver: "nobody" },
    steps: [{ path: "/a" }],
    expected: { answers: [{ status: 200 }], logs: ["warn: nobody takes the record: GET /a 200"] },
  },
];
