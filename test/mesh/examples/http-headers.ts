import { expect } from "vitest";
import type { ToldScenario } from "../same-answer/told.ts";

export const scenarios: readonly ToldScenario[] = [
  {
    name: "edits both directions",
    config: {
      request: { set: { "x-entry": "edge" }, remove: ["x-debug"] },
      response: { set: { "x-frame-options": "DENY" }, remove: ["x-powered-by"] },
    },
    upstream: { headers: { "content-length": "0", "x-powered-by": "Leaky/1.2.3" } },
    steps: [{ headers: { "x-entry": "forged", "x-debug": "1" } }],
    expected: {
      answers: [
        {
          headers: ["content-length: 0", "x-frame-options: DENY"],
          upstream: { headers: ["x-forwarded-proto: http", "x-entry: edge"] },
        },
      ],
      logs: [],
    },
  },
  {
    name: "logs headers without credentials, and the request when it is over",
    config: { log: true },
    upstream: { status: 404, headers: { "content-length": "0" } },
    steps: [{ path: "/missing", headers: { authorization: "Bearer t" } }],
    expected: {
      answers: [{ status: 404 }],
      logs: expect.arrayContaining([
        "info: request authorization: (not logged)",
        "info: response :status: 404",
        "info: GET /missing: 404",
      ]),
    },
  },
];
