import { beforeAll, describe, expect, test } from "vitest";
import { compileAltered, STRESS, STRICT } from "./testdata/altered.ts";
import { HostileProxy, importsOf, type Trace } from "./testdata/hostile-proxy.ts";
import { Schedule } from "./testdata/schedule.ts";
import { CONFIGURATION, LEAN, WITH_BODIES } from "./testdata/stressed.ts";

const PROGRAMS = Number(process.env.ASMFILTER_STRESS_PROGRAMS ?? 6);
const EVENTS = 60;
const SEED = Number(process.env.ASMFILTER_STRESS_SEED ?? Math.floor(Math.random() * 2 ** 31));

describe.each([
  ["without body callbacks, collected when the outermost callback ends", LEAN],
  ["with body callbacks, collected at every allocation", WITH_BODIES],
])("a module %s", (_name, source) => {
  let normal: Uint8Array;
  let stressed: Uint8Array;

  beforeAll(async () => {
    normal = await compileAltered(source, STRICT);
    stressed = await compileAltered(source, STRESS);
  });

  test.each(Array.from({ length: PROGRAMS }, (_, index) => SEED + index))(
    "does the same where the proxy asks for memory and calls back in the midst of each host call (seed %i)",
    (seed) => {
      expect(run(stressed, seed, true)).toEqual(run(normal, seed, false));
    },
  );

  test("calls every function of the proxy that it imports", () => {
    const called = new Set<string>();
    for (let seed = 1; seed <= 5; seed++) {
      for (const call of run(normal, seed, false).flat()) called.add(call.slice(0, call.indexOf("(")));
    }
    expect(importsOf(normal).filter((name) => !called.has(name))).toEqual([]);
  });
});

/** What each event asked of the proxy and was answered. */
function run(wasm: Uint8Array, seed: number, isHostile: boolean): Trace[] {
  const proxy = new HostileProxy(wasm, { seed, isHostile, configuration: CONFIGURATION });
  for (const event of Schedule.beginning()) proxy.run(event);
  const schedule = new Schedule(seed);
  for (let i = 0; i < EVENTS; i++) proxy.run(schedule.next());
  return proxy.traces;
}
