import type { ToldScenario } from "../same-answer/told.ts";

const headers = { "content-type": "text/plain" };

export const scenarios: readonly ToldScenario[] = [
  {
    name: "edits what goes to the upstream",
    config: { request: { prepend: "<", append: ">" } },
    steps: [
      { headers, body: ["hel", "lo"] },
      { headers, body: "hello" },
    ],
    expected: {
      answers: [
        { upstream: { headers: ["x-forwarded-proto: http", "content-type: text/plain"], body: "<hello>" } },
        { upstream: { headers: ["x-forwarded-proto: http", "content-type: text/plain"], body: "<hello>" } },
      ],
    },
  },
  {
    name: "redacts what goes to the client, also where it comes in two pieces",
    config: { response: { redact: ["bluebird", "Grüße"] } },
    upstream: { headers, body: ["blue", "bird sends Grüße\n"] },
    steps: [{ headers: { "accept-encoding": "gzip" } }],
    expected: {
      answers: [
        {
          headers: ["content-type: text/plain"],
          body: "[redacted] sends [redacted]\n",
          upstream: { headers: ["x-forwarded-proto: http"] },
        },
      ],
    },
  },
  {
    name: "lets pass what is no text",
    config: { request: { replace: "" }, response: { append: "!" } },
    upstream: { headers: { "content-type": "image/png" }, body: "PNG" },
    steps: [{ headers: { "content-type": "image/png" }, body: "png" }],
    expected: {
      answers: [{ headers: ["content-type: image/png", "content-length: 3"], body: "PNG", upstream: { body: "png" } }],
    },
  },
];
