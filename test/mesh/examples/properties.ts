import type { ToldScenario } from "../same-answer/told.ts";

const metadata = { route: { access: { header: "x-api-key" } } };

export const scenarios: readonly ToldScenario[] = [
  {
    name: "leaves a route without metadata open",
    steps: [{ path: "/open" }],
    expected: { answers: [{ status: 200, upstream: { request: "GET example.com/open" } }], logs: [] },
  },
  {
    name: "closes a route that names a header to requests without it",
    metadata,
    steps: [{ path: "/closed" }, { path: "/closed?page=2", headers: { "x-api-key": "k1" } }],
    expected: {
      answers: [
        { status: 401, body: "this route needs x-api-key\n", upstream: undefined },
        { status: 200, upstream: { request: "GET example.com/closed?page=2" } },
      ],
      logs: ["info: k1 did GET /closed: 200"],
    },
  },
];
