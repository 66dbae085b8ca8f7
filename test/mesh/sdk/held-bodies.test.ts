import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { available, Envoy, requirePart } from "../../stack/index.ts";
import { send } from "../same-answer/client.ts";
import { cluster, listener } from "../same-answer/envoy-config.ts";
import type { Message } from "../same-answer/scenario.ts";
import { ScriptServer } from "../same-answer/script-server.ts";
import { FiltersInEnvoy } from "./filters-in-envoy.ts";

// Bodies that are held while a service is asked, with trailers behind them and without, in both directions.

const source = `
import { Action, Body, BodyFilter, filter, Headers, HttpCallHandler, HttpFilter, HttpReply, HttpRequest, httpCall, log,
  respond, Status } from "@asmfilter/sdk";

class OnVerdict extends HttpCallHandler<Asking> {
  onReply(stream: Asking, reply: HttpReply): void {
    log.info("verdict");
    stream.allowed = true;
    if (reply.status == 200) stream.continueRequest();
    else respond(403, "no");
  }
}
/** Asks about the body when all of it is there. */
@filter("asking") class Asking extends HttpFilter {
  allowed: bool = false;
  onRequestBody(body: Body, endOfStream: bool): Action {
    log.info(body.text() + (endOfStream ? "." : ""));
    if (endOfStream) httpCall(this, "verdict", new HttpRequest("POST", "/", "verdict"), new OnVerdict());
    return Action.Pause;
  }
}

class OnRequest extends HttpCallHandler<Whole> {
  onReply(stream: Whole, reply: HttpReply): void { log.info("request " + stream.continueRequest().toString()); }
}
class OnResponse extends HttpCallHandler<Whole> {
  onReply(stream: Whole, reply: HttpReply): void { log.info("response " + stream.continueResponse().toString()); }
}
/** Waits for a service before it has the body as a whole, in both directions. */
@filter("whole") class Whole extends BodyFilter {
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const cluster = headers.getOr("x-by", "verdict");
    httpCall(this, cluster, new HttpRequest("GET", "/", "a"), new OnRequest());
    return Action.Pause;
  }
  onWholeRequest(body: Body): Action {
    if (body.text() == "deny") return respond(403, "denied");
    body.replace(body.text().toUpperCase());
    return Action.Continue;
  }
  onRequestTrailers(trailers: Headers): Action {
    trailers.set("x-seen", trailers.getOr("x-seen", "") + "1");
    return Action.Continue;
  }
  onResponseHeaders(headers: Headers, endOfStream: bool): Action {
    if (headers.getOr(":status", "") != "200") return Action.Continue;
    httpCall(this, "verdict", new HttpRequest("GET", "/", "a"), new OnResponse());
    return Action.Pause;
  }
  onWholeResponse(body: Body): Action {
    body.replace(body.text().toUpperCase());
    return Action.Continue;
  }
  onResponseTrailers(trailers: Headers): Action {
    trailers.set("x-seen", trailers.getOr("x-seen", "") + "1");
    return Action.Continue;
  }
}`;

const servers = {
  verdict: new ScriptServer({ delay: 250, body: ["ok"] }),
  quick: new ScriptServer({ body: ["ok"] }),
  plain: new ScriptServer({ body: "upstream" }),
  trailing: new ScriptServer({ body: ["up", "stream"], trailers: { "x-trailer": "t" } }),
};
let envoy: FiltersInEnvoy;

beforeAll(async () => {
  if (!available(Envoy)) return;
  envoy = await FiltersInEnvoy.start(source, {
    clusters: await Promise.all(
      Object.entries(servers).map(async ([name, server]) => cluster(name, await server.start())),
    ),
    listeners: (module) =>
      [
        ["asking", "plain"],
        ["whole", "plain"],
        ["whole", "trailing"],
      ].map(([rootID = "", upstream]) => {
        const name = `${rootID}-${upstream}`;
        return { ...listener(name, module, { name, steps: [], rootID }, {}, upstream), "@type": undefined };
      }),
  });
});
beforeEach((context) => requirePart(context, Envoy));
afterAll(async () => {
  await envoy?.stop();
  for (const server of Object.values(servers)) server.stop();
});

async function through(filter: string, upstream: "plain" | "trailing", message: Message) {
  const name = `${filter}-${upstream}`;
  const before = envoy.lines(name).length;
  servers[upstream].take();
  const answer = await send(await envoy.port(name), message);
  await sleep(50);
  return { ...answer, upstream: servers[upstream].take(), lines: envoy.lines(name).slice(before) };
}

const pieces = { body: ["he", "llo"] };
const trailing = { ...pieces, trailers: { "x-t": "1" } };

test.each([
  ["without trailers", pieces, []],
  ["with trailers, which do not pass it by", trailing, ["x-t: 1"]],
])("a body is held until there is an answer: %s", async (_name, message, trailers) => {
  const { lines, status, upstream } = await through("asking", "plain", message);
  expect(lines.at(-1)).toBe("info: verdict");
  expect(lines.filter((line) => line.endsWith("."))).toEqual(["info: hello."]);
  expect({ status, upstream }).toMatchObject({ status: 200, upstream: { body: "hello", trailers, complete: true } });
});

describe.each([
  ["all of the body is there", "verdict"],
  ["the body comes", "quick"],
])("a head that was held too, and went on when %s", (_name, by) => {
  test.each([
    ["without trailers", pieces, "plain", [], []],
    ["with trailers", trailing, "trailing", ["x-t: 1", "x-seen: 1"], ["x-trailer: t", "x-seen: 1"]],
  ] as const)("loses nothing of what is behind it: %s", async (_name, message, to, sent, received) => {
    const { upstream, lines, ...answer } = await through("whole", to, { ...message, headers: { "x-by": by } });
    expect(lines).toEqual(["info: request 0", "info: response 0"]);
    expect(upstream).toMatchObject({ body: "HELLO", trailers: sent, complete: true });
    expect(answer).toMatchObject({ status: 200, body: "UPSTREAM", trailers: received, complete: true });
  });

  test("is answered by what has read the body", async () => {
    const message = { body: ["de", "ny"], trailers: { "x-t": "1" }, headers: { "x-by": by } };
    expect(await through("whole", "plain", message)).toMatchObject({ status: 403, body: "DENIED" });
  });
});
