import type { Cluster } from "@asmfilter/host/testing";
import type { ToldScenario } from "../same-answer/told.ts";

const random: Cluster = ({ path }) => {
  if (path === "/even") return { body: "b" };
  if (path === "/odd") return { body: "a" };
  if (path === "/late") return { body: "b", delay: 900 };
  return "incomplete";
};
const clusters = { random };

export const scenarios: readonly ToldScenario[] = [
  {
    name: "lets the lucky pass, with their body",
    config: { path: "/even" },
    clusters,
    steps: [{ path: "/door", body: "knock" }],
    expected: { answers: [{ status: 200, upstream: { request: "POST example.com/door", body: "knock" } }], logs: [] },
  },
  {
    name: "turns the others away",
    config: { path: "/odd" },
    clusters,
    steps: [{ path: "/door", body: "knock" }],
    expected: {
      answers: [
        {
          status: 403,
          headers: ["x-powered-by: proxy-wasm", "content-length: 9", "content-type: text/plain"],
          body: "bad luck\n",
          upstream: undefined,
        },
      ],
    },
  },
  {
    name: "turns everybody away where the answer is broken off",
    config: { path: "/incomplete" },
    clusters,
    steps: [{}],
    expected: { answers: [{ status: 503, body: "no answer\n" }], logs: ["warn: no chance: reset"] },
  },
  {
    name: "turns everybody away where the answer takes too long",
    config: { path: "/late", timeout: "300ms" },
    clusters,
    steps: [{}],
    expected: { answers: [{ status: 503, body: "no answer\n" }], logs: ["warn: no chance: 504"] },
  },
];
