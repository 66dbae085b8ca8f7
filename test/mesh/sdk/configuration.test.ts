import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Envoy, requirePart } from "../../stack/index.ts";
import { FiltersInEnvoy } from "./filters-in-envoy.ts";

// What a filter can be told, in Envoy: what decodes is there in each callback, what does not is refused with its reason.

const source = `
  import {
    Action, config, Duration, filter, Headers, HttpFilter, maximum, minLength, oneOf, pattern, respond, Routes, SECOND, secret,
  } from "@asmfilter/sdk";

  enum Mode { observe, enforce }

  @config
  class Limits {
    @maximum(100) rate: u32 = 10;
  }

  @config
  class Config {
    mode: Mode = Mode.observe;
    timeout: Duration = 5 * SECOND;
    labels: Map<string, string> = new Map();
    @oneOf("GET", "POST") method: string = "GET";
    @pattern("^x-[a-z]+$") header: string = "x-limit";
    @secret @minLength(8) key: string | null = null;
    limits: Routes<Limits> = new Routes<Limits>();
  }

  @filter("limits")
  class Limiter extends HttpFilter<Config> {
    onRequestHeaders(headers: Headers, endOfStream: bool): Action {
      const config = this.config;
      const limits = config.limits.of(headers);
      const rate = limits === null ? "none" : limits.rate.toString();
      return respond(200, rate, [
        ["x-config", config.mode.toString() + " " + config.timeout.toString() + " " + config.labels.get("team")],
      ]);
    }
  }
`;

const RULES = [
  { rate: 1 },
  { match: { hosts: ["*.example.org"], prefixes: ["/api"] }, rate: 2 },
  { match: { hosts: ["a.example.org"], paths: ["/api/login"] }, rate: 3 },
  ...Array.from({ length: 1000 }, (_, i) => ({ match: { hosts: [`h${i}.example.com`] }, rate: i % 100 })),
];

const REFUSED: Record<string, [config: unknown, reason: string]> = {
  enum: [{ mode: "deny" }, "mode: expected one of observe, enforce"],
  duration: [{ timeout: "5" }, "timeout: expected a duration, such as 1m30s or 250ms"],
  map: [{ labels: { team: 1 } }, "labels.team: expected a string"],
  choice: [{ method: "PUT" }, "method: expected one of GET, POST"],
  pattern: [{ header: "X-Limit" }, "header: expected text that matches ^x-[a-z]+$"],
  secret: [{ key: "hunter2" }, "key: expected at least 8 characters"],
  range: [{ limits: [{ rate: 101 }] }, "limits[0].rate: expected an integer of at most 100"],
  tie: [{ limits: [{}, {}] }, "limits[1]: matches the same host and path as the rule at 0"],
  unknown: [{ mod: "observe" }, "mod: unknown field, expected one of mode, timeout"],
};

let envoy: FiltersInEnvoy;

beforeEach((context) => requirePart(context, Envoy));

beforeAll(async () => {
  if (Envoy.missing()) return;
  const config = {
    mode: "enforce",
    timeout: "1m30s",
    labels: { team: "edge" },
    key: "hunter2-and-more",
    limits: RULES,
  };
  envoy = await FiltersInEnvoy.start(source, {
    plugins: [{ rootID: "limits", config }],
  });
});

afterAll(() => envoy?.stop());

/** Asks the listener of a plugin, under any host. */
async function ask(plugin: string, host: string, path: string) {
  const request = get({ port: await envoy.port(plugin), path, headers: { host }, agent: false });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return { status: response.statusCode, config: response.headers["x-config"], body: await text(response) };
}

test("what was configured is there for each request", async () => {
  expect(await ask("limits", "a", "/")).toEqual({ status: 200, config: "1 90000 edge", body: "1" });
});

test.each([
  ["b.example.net", "/api", "1"],
  ["b.example.org:8080", "/api/v1?x", "2"],
  ["b.example.org", "/apis", "1"],
  ["A.example.org", "/api/login", "3"],
  ["a.example.org", "/api/login/", "2"],
  ["h777.example.com", "/", "77"],
])("%s %s gets the parameters of the rule for it", async (host, path, expected) => {
  expect((await ask("limits", host, path)).body).toBe(expected);
});

test.each(Object.entries(REFUSED))(
  "%s: Envoy does not start with what does not fit, and says why",
  async (_, [config, reason]) => {
    const start = FiltersInEnvoy.start(source, { plugins: [{ rootID: "limits", config }] });
    const log = await start.then(
      () => "it started",
      (error: Error) => error.message,
    );
    expect(log).toContain(`configuration: ${reason}`);
    expect(log).not.toContain("hunter2");
  },
);
