import type { ToldScenario } from "../same-answer/told.ts";

const config = { text: "aabaaab" };

export const scenarios: readonly ToldScenario[] = [
  {
    name: "lets pass a body without the text",
    config,
    steps: [{ body: ["aab", "aaaab"] }, { body: "aabaab" }],
    expected: {
      answers: [
        { status: 200, upstream: { body: "aabaaaab" } },
        { status: 200, upstream: { body: "aabaab" } },
      ],
      logs: [],
    },
  },
  {
    name: "finds the text over the border of two chunks",
    config,
    steps: [{ body: ["-aab", "aaab-", "never sent"] }],
    expected: {
      answers: [
        {
          status: 403,
          body: "the body contains a forbidden text\n",
          upstream: { body: "-aab", complete: false },
        },
      ],
      logs: ["warn: refused in chunk 2"],
    },
  },
];
