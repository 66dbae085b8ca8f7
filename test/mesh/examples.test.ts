import { readdirSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { build } from "@asmfilter/sdk/compiler";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { available, Envoy, removeFolder, requirePart, temporaryFolder } from "../stack/index.ts";
import { playInEnvoy } from "./same-answer/in-envoy.ts";
import { playInHost } from "./same-answer/in-host.ts";
import { expectedOfEnvoy, type Outcome } from "./same-answer/outcome.ts";
import type { Scenario } from "./same-answer/scenario.ts";
import type { ToldScenario } from "./same-answer/told.ts";

// Each folder of docs/examples has a file of its name in test/mesh/examples, with what it is to do in the host and in Envoy.

const examples = join(import.meta.dirname, "..", "..", "docs", "examples");
const folders = readdirSync(examples, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);
const told = await Promise.all(
  readdirSync(join(import.meta.dirname, "examples")).map(async (file) => {
    const name = file.slice(0, -".ts".length);
    const { scenarios } = (await import(`./examples/${name}.ts`)) as { scenarios: readonly ToldScenario[] };
    return { name, scenarios };
  }),
);
const none = new Uint8Array(0);

test("every example has scenarios, and all scenarios are of an example", () => {
  expect(told.map(({ name }) => name).sort()).toEqual(folders.sort());
});

let outDir: string;
const playable = new Map<ToldScenario, Scenario>();
let inEnvoy: Map<Scenario, Outcome>;

beforeAll(async () => {
  outDir = await temporaryFolder("examples");
  for (const { name, scenarios } of told) {
    const { wasm } = await build({ folder: join(examples, name), outDir });
    for (const scenario of scenarios) playable.set(scenario, withModule(scenario, wasm));
  }
  if (available(Envoy)) inEnvoy = await playInEnvoy([...playable.values()], none);
});
afterAll(() => removeFolder(outDir));
beforeEach((context) => requirePart(context, Envoy));

describe.each(told)("$name", ({ scenarios }) => {
  test.each(scenarios)("$name", async (scenario) => {
    const { expected } = scenario;
    const played = playable.get(scenario)!;
    const inHost = await playInHost(played, none);
    expect(inHost).toMatchObject(expected);
    expect(inHost.refused).toBe(scenario.refused ?? false);
    const wanted = expectedOfEnvoy(played, inHost);
    let outcome = inEnvoy.get(played);
    // On a busy machine Envoy may read two pieces of a body at once: what differs is played again, alone.
    if (!isDeepStrictEqual(outcome, wanted)) outcome = (await playInEnvoy([played], none)).get(played);
    expect(outcome).toEqual(wanted);
    // An accident that does not happen any more is to be taken out of the scenario.
    if (played.accident) expect(wanted, played.accident.reason).not.toEqual(inHost);
  });
});

/** The same module in all filters of a scenario. */
function withModule(scenario: ToldScenario, wasm: Uint8Array): Scenario {
  const { expected: _, others, ...rest } = scenario;
  return { ...rest, wasm, ...(others && { others: others.map((plugin) => ({ wasm, ...plugin })) }) };
}
