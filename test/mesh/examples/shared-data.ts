import { expect } from "vitest";
import type { ToldScenario } from "../same-answer/told.ts";

const numbered = (number: number) => ({
  upstream: { headers: expect.arrayContaining([`x-request-number: ${number}`]) },
});

export const scenarios: readonly ToldScenario[] = [
  {
    name: "numbers the requests of all VMs of one id together",
    vmID: "shared-data",
    others: [{ vmID: "shared-data", vmConfig: "a VM of its own" }, { vmID: "shared-data-other" }],
    steps: [{}, { to: 1 }, { to: 2 }, {}, { to: 2 }, { to: 1 }],
    expected: { answers: [1, 2, 1, 3, 2, 4].map(numbered) },
  },
];
