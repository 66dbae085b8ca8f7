import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { available, Envoy, requirePart } from "../../stack/index.ts";
import { send } from "../same-answer/client.ts";
import { cluster } from "../same-answer/envoy-config.ts";
import { ScriptServer } from "../same-answer/script-server.ts";
import { FiltersInEnvoy } from "./filters-in-envoy.ts";

const filters = `
import { Action, filter, Headers, HttpCallHandler, HttpFilter, HttpReply, HttpRequest, httpCall, log, respond, root,
  RootContext, Status } from "@asmfilter/sdk";

class OnAuth extends HttpCallHandler<Auth> {
  onReply(stream: Auth, reply: HttpReply): void {
    log.info("status " + reply.status.toString() + (reply.failed ? " failed: " + reply.failure : "")
      + " body " + reply.body.text() + " trailer " + reply.trailers.getOr("x-t", "none")
      + " for " + stream.requestHeaders.getOr(":path", "?"));
    if (reply.status != 200) {
      respond(403, "denied by " + reply.headers.getOr("x-r", "nobody"));
      return;
    }
    stream.requestHeaders.set("x-user", reply.headers.getOr("x-r", ""));
    stream.continueRequest();
  }
}

@filter("auth") class Auth extends HttpFilter {
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const request = new HttpRequest("POST", "/check", "auth.example");
    request.headers.push(["x-asked", headers.getOr(":path", "")]);
    request.setText("vouch for é");
    request.timeout = 300;
    const status = httpCall(this, headers.getOr("x-call", ""), request, new OnAuth());
    if (status != Status.Ok) return respond(503, "status " + status.toString());
    return Action.Pause;
  }
  onLog(): void { log.info("over"); }
}

class OnEither extends HttpCallHandler<Both> {
  constructor(private name: string) { super(); }
  onReply(stream: Both, reply: HttpReply): void {
    stream.answers.push(this.name + "=" + reply.body.text());
    if (--stream.waiting) return;
    respond(200, stream.answers.sort().join(" "));
  }
}
@filter("both") class Both extends HttpFilter {
  waiting: i32 = 0;
  answers: string[] = [];
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    for (let i = 0; i < 3; i++) {
      const name = i % 2 ? "friendly" : "slow";
      const request = new HttpRequest("GET", "/", name);
      if (httpCall(this, name, request, new OnEither(name)) == Status.Ok) this.waiting++;
    }
    // Nobody hears of this one.
    httpCall(this, "friendly", new HttpRequest("GET", "/", "friendly"), null);
    return Action.Pause;
  }
}

class OnTickReply extends HttpCallHandler<Ticking> {
  onReply(owner: Ticking, reply: HttpReply): void {
    owner.answer = reply.body.text();
    for (let i = 0; i < waiting.length; i++) {
      waiting[i].makeEffective();
      respond(200, "told " + owner.answer + " to " + waiting[i].requestHeaders.getOr(":path", "?"));
    }
    waiting = [];
    owner.makeEffective();
    log.info("answered");
  }
}
let waiting: Waiting[] = [];
@root("ticking") class Ticking extends RootContext {
  answer: string = "";
  onConfigure(): bool {
    this.setTickPeriod(100);
    return true;
  }
  onTick(): void {
    if (waiting.length < 2) return;
    this.setTickPeriod(0);
    const request = new HttpRequest("GET", "/tick", "friendly");
    if (httpCall(this, "friendly", request, new OnTickReply()) != Status.Ok) log.error("no call");
  }
}
@filter("ticking") class Waiting extends HttpFilter {
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    waiting.push(this);
    return Action.Pause;
  }
}
`;

const servers = {
  friendly: new ScriptServer({ headers: { "x-r": "friend" }, body: ["yes"], trailers: { "x-t": "end" } }),
  unfriendly: new ScriptServer({ status: 401, headers: { "x-r": "foe", "content-length": "0" } }),
  resetting: new ScriptServer("reset"),
  incomplete: new ScriptServer("incomplete"),
  slow: new ScriptServer({ delay: 500, body: ["ok"] }),
  auth: new ScriptServer({ headers: { "content-length": "0" } }),
};
let envoy: FiltersInEnvoy;
let port: number;

beforeAll(async () => {
  if (!available(Envoy)) return;
  const clusters = await Promise.all(
    Object.entries(servers).map(async ([name, server]) => cluster(name, await server.start())),
  );
  envoy = await FiltersInEnvoy.start(filters, {
    plugins: ["auth", "both", "ticking"].map((rootID) => ({ rootID })),
    clusters: [...clusters, { name: "empty", type: "STATIC" } as { name: string }],
  });
  port = await envoy.port("auth");
});
afterAll(async () => {
  await envoy?.stop();
  for (const server of Object.values(servers)) server.stop();
});
beforeEach((context) => requirePart(context, Envoy));

async function ask(name: string) {
  const before = envoy.lines("auth").length;
  const answer = await send(port, { path: `/${name}`, headers: { "x-call": name } });
  await vi.waitUntil(() => envoy.lines("auth").at(-1) === "info: over");
  return { status: answer.status, body: answer.body, lines: envoy.lines("auth").slice(before, -1) };
}

describe("an HTTP call", () => {
  test("carries method, path and body, and its answer is told to the stream, which goes on", async () => {
    const { status, lines } = await ask("friendly");
    expect(lines).toEqual(["info: status 200 body yes trailer end for /friendly"]);
    expect(status).toBe(200);
    const asked = servers.friendly.take();
    expect(asked).toMatchObject({ request: "POST auth.example/check", body: "vouch for é" });
    expect(asked?.headers).toEqual(expect.arrayContaining(["x-asked: /friendly", "content-length: 12"]));
    expect(servers.auth.take()?.headers).toContain("x-user: friend");
  });

  test.each([
    ["unfriendly", 403, "denied by foe", "status 401 body  trailer none for /unfriendly"],
    ["resetting", 403, "denied by nobody", "status 503 body upstream connect error"],
    ["incomplete", 403, "denied by nobody", "status 0 failed: reset body  trailer none for /incomplete"],
    ["slow", 403, "denied by nobody", "status 504 body upstream request timeout trailer none for /slow"],
  ])("to an upstream that is %s", async (name, status, body, line) => {
    const answer = await ask(name);
    expect(answer.lines[0]).toContain(line);
    expect([answer.status, answer.body]).toEqual([status, body]);
  });

  test("to an upstream that the proxy does not have is BadArgument at once", async () => {
    expect(await ask("missing")).toEqual({ status: 503, body: "status 2", lines: [] });
  });

  test("to an upstream without a single host is InternalFailure at once", async () => {
    expect(await ask("empty")).toEqual({ status: 503, body: "status 10", lines: [] });
  });

  test("is told to nobody when the stream is over before", async () => {
    servers.slow.take();
    const before = envoy.lines("auth").length;
    const client = connect(port, "127.0.0.1");
    client.write("GET /gone HTTP/1.1\r\nhost: a\r\nx-call: slow\r\n\r\n");
    await vi.waitUntil(() => servers.slow.take());
    client.destroy();
    await vi.waitUntil(
      async () => (await envoy.stats("cluster.slow.upstream_rq_active"))["cluster.slow.upstream_rq_active"] === 0,
    );
    expect(envoy.lines("auth").slice(before)).toEqual(["info: over"]);
    expect(await ask("friendly")).toMatchObject({ status: 200 });
  });

  test("runs beside others of the same stream, each with its handler", async () => {
    const answer = await send(await envoy.port("both"), {});
    expect(answer.body).toBe("friendly=yes slow=ok slow=ok");
  });

  test("of a root is told to the root, which can speak for any stream", async () => {
    const ticking = await envoy.port("ticking");
    const answers = await Promise.all([send(ticking, { path: "/1" }), send(ticking, { path: "/2" })]);
    expect(answers.map(({ body }) => body)).toEqual(["told yes to /1", "told yes to /2"]);
    expect(envoy.lines("ticking")).toEqual(["info: answered"]);
  });
});
