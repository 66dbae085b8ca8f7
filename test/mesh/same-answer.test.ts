import { isDeepStrictEqual } from "node:util";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { available, Envoy, requirePart } from "../stack/index.ts";
import { playInEnvoy } from "./same-answer/in-envoy.ts";
import { playInHost } from "./same-answer/in-host.ts";
import { expectedOfEnvoy, type Outcome } from "./same-answer/outcome.ts";
import type { Scenario } from "./same-answer/scenario.ts";
import { buildFilters } from "./same-answer/sdk-filters.ts";
import { subjects } from "./scenarios/index.ts";

// The host, which tests run on, against Envoy, which the filters are for: each scenario is played in both.

let sdkFilters: Uint8Array;
let inEnvoy: Map<Scenario, Outcome>;

beforeAll(async () => {
  if (!available(Envoy)) return;
  sdkFilters = await buildFilters(
    Object.fromEntries(subjects.flatMap(({ title, filters }) => (filters ? [[title, filters]] : []))),
  );
  inEnvoy = await playInEnvoy(
    subjects.flatMap(({ scenarios }) => scenarios),
    sdkFilters,
  );
});
beforeEach((context) => requirePart(context, Envoy));

describe.each(subjects)("$title", ({ scenarios }) => {
  test.each(scenarios)("$name", async (scenario) => {
    const inHost = await playInHost(scenario, sdkFilters);
    const expected = expectedOfEnvoy(scenario, inHost);
    let played = inEnvoy.get(scenario);
    // On a busy machine Envoy may read two pieces of a body at once: what differs is played again, alone.
    if (!isDeepStrictEqual(played, expected)) played = (await playInEnvoy([scenario], sdkFilters)).get(scenario);
    expect(played).toEqual(expected);
    expect(inHost.refused).toBe(scenario.refused ?? false);
    // An accident that does not happen any more is to be taken out of the scenario.
    if (scenario.accident) expect(expected, scenario.accident.reason).not.toEqual(inHost);
  });
});
