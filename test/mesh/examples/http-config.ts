import { expect } from "vitest";
import type { ToldScenario } from "../same-answer/told.ts";

const headers = { "x-team": "shop", "cache-control": "no-store" };
const upstream = { headers: { "content-length": "0", "cache-control": "max-age=60" } };

export const scenarios: readonly ToldScenario[] = [
  {
    name: "replaces what the upstream says",
    config: { headers },
    upstream,
    steps: [{}],
    expected: { answers: [{ headers: ["content-length: 0", "x-team: shop", "cache-control: no-store"] }] },
  },
  {
    name: "leaves what the upstream says",
    config: { headers, when: "absent" },
    upstream,
    steps: [{}],
    expected: { answers: [{ headers: ["content-length: 0", "cache-control: max-age=60", "x-team: shop"] }] },
  },
  {
    name: "refuses a header that is none",
    config: { headers: { ":status": "200" } },
    refused: true,
    steps: [],
    expected: { started: expect.arrayContaining(["error: configuration: headers.:status: is no header of its own"]) },
  },
];
