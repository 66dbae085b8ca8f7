import type { ToldScenario } from "../same-answer/told.ts";

export const scenarios: readonly ToldScenario[] = [
  {
    name: "greets, and has a lucky number when the timer has rung",
    config: { highest: 1, every: "200ms" },
    steps: [{ wait: 800 }, {}],
    expected: {
      started: ["info: Hello, World!"],
      answers: [{ headers: ["content-length: 0", "x-hello: world", "x-lucky-number: 1"] }],
    },
  },
  {
    name: "has none before that",
    config: { every: "1h" },
    steps: [{}],
    expected: { answers: [{ headers: ["content-length: 0", "x-hello: world"] }] },
  },
  {
    name: "does not ring all the time",
    config: { every: "99ms" },
    refused: true,
    steps: [],
    expected: {
      started: ["info: Hello, World!", "error: configuration: every: expected a duration of at least 100ms"],
    },
  },
];
