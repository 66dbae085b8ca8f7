import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Envoy, requirePart } from "../../stack/index.ts";
import { FiltersInEnvoy } from "./filters-in-envoy.ts";

const FILTERS = `
import { Action, filter, Headers, HttpFilter, respond, root, RootContext } from "@asmfilter/sdk";

@root("clock")
class ClockRoot extends RootContext {
  ticks: i32 = 0;
  onConfigure(): bool {
    return this.setTickPeriod(20) == 0;
  }
  onTick(): void {
    if (++this.ticks == 3) this.setTickPeriod(0);
    console.log("tick " + this.ticks.toString());
  }
}

@filter("clock")
class Clock extends HttpFilter {
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const bytes = new Uint8Array(32);
    crypto.getRandomValues(bytes);
    const said = [Date.now().toString(), performance.now().toString(), Math.random().toString()];
    return respond(200, said.join(" ") + " " + bytes.toString());
  }
}

@filter("console")
class Console extends HttpFilter {
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    console.debug("debug");
    console.log("log");
    console.info("info");
    console.warn("warn");
    console.error("error");
    console.assert(!endOfStream, "assert");
    trace("trace", 2, 1, 2.5);
    return Action.Continue;
  }
}

@filter("process")
class Process extends HttpFilter {
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    console.time("timer");
    const env = process.env;
    const said = [env.get("GREETING"), env.get("EMPTY"), env.get("EQUALS"), env.has("PATH").toString()];
    console.timeEnd("timer");
    return respond(200, said.join("|") + "|" + process.argv.length.toString());
  }
}

@filter("abort")
class Abort extends HttpFilter {
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    if (headers.has("x-throw")) throw new Error("thrown at a header");
    return Action.Continue;
  }
}
`;

let envoy: FiltersInEnvoy;
beforeEach((context) => requirePart(context, Envoy));
beforeAll(async () => {
  if (Envoy.missing()) return;
  envoy = await FiltersInEnvoy.start(FILTERS, {
    plugins: [
      ...["clock", "console", "abort"].map((rootID) => ({ rootID })),
      { rootID: "process", env: { GREETING: "grüße", EMPTY: "", EQUALS: "a=b" } },
    ],
    componentLogLevel: "wasm:trace",
  });
});
afterAll(() => envoy?.stop());

const ask = async (plugin: string, headers: Record<string, string> = {}) =>
  fetch(`http://127.0.0.1:${await envoy.port(plugin)}/`, { headers });

test("the time is the proxy's, and chance is new at each call", async () => {
  const began = Date.now();
  const [one = "", other = ""] = [await (await ask("clock")).text(), await (await ask("clock")).text()];
  const [now, precise, random, bytes = ""] = one.split(" ");
  expect(Number(now)).toBeGreaterThanOrEqual(began - 1);
  expect(Number(now)).toBeLessThanOrEqual(Date.now() + 1);
  expect(Math.abs(Number(precise) - Number(now))).toBeLessThan(1000);
  expect(Number(random)).toSatisfy((value: number) => value > 0 && value < 1);
  expect(new Set(bytes.split(",")).size).toBeGreaterThan(10);
  const [, , nextRandom, nextBytes] = other.split(" ");
  expect(nextRandom).not.toBe(random);
  expect(nextBytes).not.toBe(bytes);
});

test("ticks come until the period is 0, in the VM of the one worker and in that of the main thread", async () => {
  const thirds = () => envoy.lines("clock").filter((line) => line === "info: tick 3");
  await expect.poll(() => thirds().length).toBe(2);
  expect(envoy.lines("clock")).not.toContain("info: tick 4");
});

test("the console's levels are the log's", async () => {
  await ask("console");
  expect(envoy.lines("console")).toEqual([
    "debug: debug",
    "info: log",
    "info: info",
    "warn: warn",
    "error: error",
    "error: assert",
    "trace: trace 1.0, 2.5",
  ]);
});

test("the environment is that of the VM's configuration, and nothing of the proxy's own", async () => {
  expect(await (await ask("process")).text()).toBe("grüße||a=b|false|0");
  expect(envoy.lines("process")).toEqual([expect.stringMatching(/^info: timer: \d+\.\d+ms$/)]);
});

test("an error that is thrown is logged before the trap", async () => {
  expect((await ask("abort")).status).toBe(503);
  expect((await ask("abort", { "x-throw": "" })).status).toBe(503);
  expect(envoy.lines("abort")).toEqual(["critical: thrown at a header"]);
});
