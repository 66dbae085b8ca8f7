import type { ToldScenario } from "../same-answer/told.ts";

export const scenarios: readonly ToldScenario[] = [
  {
    name: "lets a request with its body go on at a tick",
    config: { period: "100ms" },
    upstream: ({ path }) => ({ body: `${path} was there` }),
    steps: [{ path: "/1" }, { path: "/2", body: ["he", "llo"] }],
    expected: {
      answers: [
        { status: 200, body: "/1 was there" },
        { status: 200, body: "/2 was there", upstream: { body: "hello" } },
      ],
    },
  },
  {
    name: "refuses a request where none may wait",
    config: { queue: 0 },
    steps: [{}],
    expected: {
      answers: [
        {
          status: 503,
          headers: ["retry-after: 1", "content-length: 23", "content-type: text/plain"],
          body: "too many requests wait\n",
          upstream: undefined,
        },
      ],
    },
  },
];
