import { connect, constants, type IncomingHttpHeaders } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { available, Envoy, requirePart } from "../../stack/index.ts";
import { send } from "../same-answer/client.ts";
import { cluster, listener } from "../same-answer/envoy-config.ts";
import type { Answer } from "../same-answer/outcome.ts";
import type { Message } from "../same-answer/scenario.ts";
import { ScriptServer } from "../same-answer/script-server.ts";
import { FiltersInEnvoy } from "./filters-in-envoy.ts";

// Whole bodies, as `BodyFilter` gives them, in Envoy: both directions, both versions of HTTP, and every limit.

const source = `
  import { Action, Body, BodyFilter, BodyUse, filter, Headers, log } from "@asmfilter/sdk";

  @filter("shout")
  class Shout extends BodyFilter {
    onWholeRequest(body: Body): Action {
      log.info("request " + body.text());
      log.info(body.replace(body.text().toUpperCase() + "!!!").toString());
      return Action.Continue;
    }
    onWholeResponse(body: Body): Action {
      log.info("response " + body.text());
      log.info(body.replace(body.text().toUpperCase() + "???").toString());
      return Action.Continue;
    }
  }

  @filter("read")
  class Read extends BodyFilter {
    requestUse: BodyUse = BodyUse.Read;
    onRequestHeaders(headers: Headers, endOfStream: bool): Action {
      if (headers.has("x-pass")) this.requestUse = BodyUse.Pass;
      return Action.Continue;
    }
    onWholeRequest(body: Body): Action {
      log.info(body.text());
      if (body.text() == "cheat") body.append("ed");
      return Action.Continue;
    }
  }

  @filter("small")
  class Small extends BodyFilter {
    constructor() { super(); this.requestLimit = 10; this.responseLimit = 10; }
    onWholeRequest(body: Body): Action { log.info("request"); return Action.Continue; }
    onWholeResponse(body: Body): Action { log.info("response"); return Action.Continue; }
  }

  @filter("lenient")
  class Lenient extends Small {
    onRequestTooLarge(): Action { log.info("long request"); return Action.Continue; }
    onResponseTooLarge(): Action { log.info("long response"); return Action.Continue; }
  }

  @filter("large")
  class Large extends BodyFilter {
    onWholeRequest(body: Body): Action { log.info("request " + body.length.toString()); return Action.Continue; }
    onWholeResponse(body: Body): Action { log.info("response " + body.length.toString()); return Action.Continue; }
  }
`;

/** Half of a body that Envoy does not hold. */
const half = "x".repeat(40_000);
const pieces = { body: ["one", "two", "three"] };
const upstreams = {
  shout: { body: ["up", "stream"], trailers: { "x-trailer": "t" } },
  "shout-length": { body: "upstream" },
  "shout-empty": { status: 204 },
  "small-length": { body: "eleven bytes" },
  "small-pieces": { body: ["1234567890", "1", "2"] },
  lenient: { body: ["1234567890", "1", "2"] },
  "lenient-length": { body: "eleven bytes" },
  "large-length": { body: half + half },
  "large-pieces": { body: [half, half] },
} as const;
const others = ["read", "large"];

interface Listener {
  filter_chains: { filters: { typed_config: object }[] }[];
}

/** Envoy holds 65,535 bytes: of the connection over HTTP/1.1, of the stream over HTTP/2. */
function limited(all: Listener): object {
  const http2 = { http2_protocol_options: { initial_stream_window_size: 65_535 } };
  for (const each of all.filter_chains.flatMap(({ filters }) => filters)) Object.assign(each.typed_config, http2);
  return { ...all, per_connection_buffer_limit_bytes: 65_535 };
}

const servers = new Map<string, ScriptServer>();
let envoy: FiltersInEnvoy;

beforeAll(async () => {
  if (!available(Envoy)) return;
  for (const [name, script] of Object.entries(upstreams)) servers.set(name, new ScriptServer(script));
  for (const name of others) servers.set(name, new ScriptServer({ headers: { "content-length": "0" } }));
  envoy = await FiltersInEnvoy.start(source, {
    clusters: await Promise.all([...servers].map(async ([name, server]) => cluster(name, await server.start()))),
    listeners: (module) =>
      [...servers.keys()].map((name) => {
        const all = listener(name, module, { name, steps: [], rootID: name.split("-")[0]! });
        return { ...(name.startsWith("large") ? limited(all as Listener) : all), "@type": undefined };
      }),
  });
}, 60_000);
beforeEach((context) => requirePart(context, Envoy));
afterAll(async () => {
  await envoy?.stop();
  for (const server of servers.values()) server.stop();
});

/** The answer, and what the upstream received. */
async function through(name: string, message: Message, client = send) {
  const before = envoy.lines(name).length;
  const answer = await client(await envoy.port(name), message);
  await sleep(50);
  const upstream = servers.get(name)!.take();
  return { ...answer, upstream, lines: envoy.lines(name).slice(before) };
}

/** Sends a request by HTTP/2 over a connection of its own. */
async function sendHTTP2(port: number, message: Message): Promise<Omit<Answer, "upstream">> {
  const session = connect(`http://127.0.0.1:${port}`);
  const { body, trailers, headers } = message;
  const parts: string[] = body === undefined ? [] : Array.isArray(body) ? body : [body as string];
  const length = typeof body === "string" ? { "content-length": body.length } : {};
  const stream = session.request(
    { ":method": body === undefined ? "GET" : "POST", ":authority": "example.com", ...headers, ...length },
    { endStream: body === undefined, waitForTrailers: trailers !== undefined },
  );
  const answer = { status: 0, headers: [] as string[], body: "", trailers: [] as string[], complete: false };
  const lines = (map: IncomingHttpHeaders) => Object.entries(map).map(([name, value]) => `${name}: ${value}`);
  stream.on("wantTrailers", () => stream.sendTrailers({ ...trailers }));
  stream.on("response", (map) => {
    answer.status = Number(map[constants.HTTP2_HEADER_STATUS]);
    answer.headers = lines(map);
  });
  stream.on("trailers", (map) => {
    answer.trailers = lines(map);
  });
  stream.on("data", (piece: Buffer) => {
    answer.body += piece;
  });
  const ended = new Promise<void>((resolve) => {
    stream.on("error", () => {});
    stream.on("close", resolve);
  });
  for (const part of parts) {
    stream.write(part);
    await sleep(50);
  }
  if (body !== undefined) stream.end();
  await ended;
  answer.complete = stream.rstCode === constants.NGHTTP2_NO_ERROR;
  session.destroy();
  return answer;
}

const shouted = ["info: request onetwothree", "info: 0", "info: response upstream", "info: 0"];

describe.each([
  ["HTTP/1.1", send],
  ["HTTP/2", sendHTTP2],
])("over %s", (_version, client) => {
  test.each([
    ["with a length", { body: "onetwothree" }],
    ["in pieces", pieces],
    ["in pieces with trailers", { ...pieces, trailers: { "x-t": "1" } }],
  ])("a body %s is given once and replaced, in both directions", async (_name, message) => {
    const { lines, ...answer } = await through("shout", message, client);
    expect(lines).toEqual(shouted);
    expect(answer.upstream).toMatchObject({ body: "ONETWOTHREE!!!", complete: true });
    expect(answer.upstream?.headers.join()).not.toContain("content-length");
    expect(answer.upstream?.trailers).toEqual("trailers" in message ? ["x-t: 1"] : []);
    expect(answer).toMatchObject({ status: 200, body: "UPSTREAM???", trailers: ["x-trailer: t"], complete: true });
  });

  test("a response with a length is replaced by a longer one", async () => {
    const { body, complete, headers } = await through("shout-length", {}, client);
    expect({ body, complete }).toEqual({ body: "UPSTREAM???", complete: true });
    expect(headers.join()).not.toContain("content-length");
  });

  test("a message without a body is given with length 0, and nothing can be put there", async () => {
    const { lines, status, body } = await through("shout-empty", {}, client);
    expect({ status, body }).toEqual({ status: 204, body: "" });
    expect(lines).toEqual(["info: request ", "info: 2", "info: response ", "info: 2"]);
  });

  test("a body that says that it is too long is answered with 413, and the upstream sees nothing of it", async () => {
    const { lines, status, upstream, body } = await through("small-length", { body: "eleven bytes" }, client);
    expect({ status, upstream, body }).toEqual({ status: 413, upstream: undefined, body: "request body too large" });
    expect(lines).toEqual([]);
  });

  test("a body that turns out too long is answered with 413", async () => {
    const { status, upstream } = await through("small-length", { body: ["1234567890", "1", "2"] }, client);
    expect(status).toBe(413);
    expect(upstream?.complete ?? false).toBe(false);
  });

  test("a response that says that it is too long is answered with 502", async () => {
    const { status, body } = await through("small-length", {}, client);
    expect({ status, body }).toEqual({ status: 502, body: "response body too large" });
  });

  test("a response that turns out too long is broken off", async () => {
    const { status, complete, body } = await through("small-pieces", {}, client);
    expect({ status, complete, body }).toEqual({ status: 200, complete: false, body: "" });
  });

  test("a longer one goes by as it is where the filter says so", async () => {
    const { lines, ...answer } = await through("lenient", { body: ["1234567890", "1", "2"] }, client);
    expect(answer).toMatchObject({ status: 200, body: "123456789012", complete: true });
    expect(answer.upstream).toMatchObject({ body: "123456789012", complete: true });
    expect(lines).toEqual(["info: long request", "info: long response"]);
    const stated = await through("lenient-length", { body: "eleven bytes" }, client);
    expect(stated).toMatchObject({ status: 200, body: "eleven bytes", complete: true });
    expect(stated.headers).toContain("content-length: 12");
    expect(stated.upstream?.headers).toContain("content-length: 12");
  });

  test("beyond what Envoy itself holds it answers a request with 413, and the filter is not asked", async () => {
    const { lines, status } = await through("large", { body: [half, half] }, client);
    expect(status).toBe(413);
    expect(lines.filter((line) => line.includes("request"))).toEqual([]);
  });

  test.each(["large-length", "large-pieces"])(
    "beyond what Envoy itself holds a response is broken off: %s",
    async (name) => {
      const { lines, complete, body } = await through(name, {}, client);
      expect({ complete, length: body.length }).toEqual({ complete: false, length: 0 });
      expect(lines.filter((line) => line.includes("response"))).toEqual([]);
    },
  );

  test("a body that is only read keeps its length, and one that is not wanted is not held", async () => {
    const read = await through("read", { body: "abc" }, client);
    expect(read.lines).toEqual(["info: abc"]);
    expect(read.upstream).toMatchObject({ body: "abc", headers: expect.arrayContaining(["content-length: 3"]) });
    const passed = await through("read", { body: "abc", headers: { "x-pass": "1" } }, client);
    expect(passed.lines).toEqual([]);
    expect(passed.upstream).toMatchObject({ body: "abc", headers: expect.arrayContaining(["content-length: 3"]) });
  });

  test("a body that was to be read only and was changed goes nowhere", async () => {
    const { status, upstream } = await through("read", { body: "cheat" }, client);
    expect(status).toBe(500);
    expect(upstream?.complete ?? false).toBe(false);
  });
});

test("an answer to HEAD says nothing of the length", async () => {
  const { status, headers } = await through("shout-length", { method: "HEAD" });
  expect(status).toBe(200);
  expect(headers).toEqual([]);
});
