import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { available, Envoy, requirePart } from "../../stack/index.ts";
import { send } from "../same-answer/client.ts";
import { AuthServer, TEMPLATE } from "./auth-server.ts";
import { FiltersInEnvoy } from "./filters-in-envoy.ts";
import { WordsServer } from "./words-server.ts";

const filters = `
import { Action, Body, filter, GrpcCallHandler, grpcCall, GrpcReply, GrpcRequest, GrpcStatus, GrpcStream,
  GrpcStreamHandler, Headers, HttpFilter, log, openStream, respond, Status } from "@asmfilter/sdk";

function bytes(text: string): Uint8Array {
  return Uint8Array.wrap(String.UTF8.encode(text));
}

class OnLength extends GrpcCallHandler<Unary> {
  onReply(stream: Unary, reply: GrpcReply): void {
    log.info("reply to " + stream.requestHeaders.getOr(":path", "?"));
    respond(reply.ok ? 200 : 403, reply.status.toString() + " [" + reply.statusText + "] " + reply.message.text());
  }
}
@filter("unary") class Unary extends HttpFilter {
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const request = new GrpcRequest("test.Words", "Length", bytes(headers.getOr("x-say", "")));
    request.metadata.push(["x-from", "a filter"]);
    request.timeout = 300;
    const status = grpcCall(this, headers.getOr("x-call", ""), request, new OnLength());
    if (status != Status.Ok) return respond(503, "status " + status.toString());
    return Action.Pause;
  }
  onLog(): void { log.info("over"); }
}

class OnWords extends GrpcStreamHandler<Streaming> {
  onInitialMetadata(owner: Streaming, stream: GrpcStream, metadata: Headers): void {
    owner.told.push("initial " + metadata.getOr("x-server", "?"));
  }
  onMessage(owner: Streaming, stream: GrpcStream, message: Body): void {
    const text = message.text();
    owner.told.push(text);
    if (owner.mode == "cancel") {
      owner.told.push("cancel " + stream.cancel().toString() + " send " + stream.send(bytes("x")).toString());
      respond(200, owner.told.join(" | "));
    } else if (text == "ECHO 1" && owner.mode != "wait") {
      owner.told.push("send " + stream.send(bytes("2")).toString());
      if (owner.mode == "half") owner.told.push("close " + stream.close().toString());
      else stream.send(bytes("bye"), true);
    }
  }
  onTrailingMetadata(owner: Streaming, stream: GrpcStream, metadata: Headers): void {
    owner.told.push("trailing " + metadata.getOr("x-trailer", "?"));
  }
  onClose(owner: Streaming, stream: GrpcStream, status: GrpcStatus, text: string): void {
    owner.told.push("close " + status.toString() + " [" + text + "] then " + stream.close().toString()
      + stream.cancel().toString() + stream.send(bytes("x")).toString());
    respond(200, owner.told.join(" | "));
  }
}
@filter("streaming") class Streaming extends HttpFilter {
  mode: string = "";
  told: string[] = [];
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    this.mode = headers.getOr("x-mode", "");
    const stream = openStream(this, headers.getOr("x-call", "words"), "test.Words", "Echo", new OnWords(), [["x-from", "a filter"]]);
    if (stream.status != Status.Ok) return respond(503, "status " + stream.status.toString() + " send " + stream.send(bytes("x")).toString());
    stream.send(bytes("1"));
    return Action.Pause;
  }
  onLog(): void { log.info("over"); }
}
`;

const typed = `
import { Action, filter, GrpcReply, GrpcResponseHandler, Headers, HttpFilter, respond, Status } from "@asmfilter/sdk";
import { Auth, CheckRequest, CheckResponse } from "./auth";

class OnCheck extends GrpcResponseHandler<Typed, CheckResponse> {
  onResponse(stream: Typed, response: CheckResponse | null, reply: GrpcReply): void {
    if (response === null) respond(503, "null, status " + reply.status.toString());
    else respond(response.allowed ? 200 : 403, response.user);
  }
}

@filter("typed") class Typed extends HttpFilter {
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const check = new CheckRequest();
    check.method = headers.getOr(":method", "");
    check.path = headers.getOr(":path", "");
    check.token = headers.getOr("x-token", "");
    const status = Auth.check(this, headers.getOr("x-call", "auth"), check, new OnCheck(), 300, [["x-from", "a filter"]]);
    return status == Status.Ok ? Action.Pause : respond(503, "status " + status.toString());
  }
}
`;

const words = new WordsServer();
const auth = new AuthServer();
let envoy: FiltersInEnvoy;

beforeAll(async () => {
  if (!available(Envoy)) return;
  const port = await words.start();
  envoy = await FiltersInEnvoy.start(filters, {
    files: { typed, auth: await readFile(join(TEMPLATE, "assembly", "proto", "auth.ts"), "utf8") },
    plugins: [{ rootID: "unary" }, { rootID: "streaming" }, { rootID: "typed" }],
    clusters: [
      http2Cluster("auth", await auth.start()),
      http2Cluster("words", port),
      http2Cluster("auth-grpc", port),
      http2Cluster("refusing", 1),
      { name: "empty", type: "STATIC" } as { name: string },
    ],
  });
});
afterAll(async () => {
  await envoy?.stop();
  words.stop();
  auth.stop();
});
beforeEach((context) => requirePart(context, Envoy));

function http2Cluster(name: string, port: number): { readonly name: string } {
  const address = { socket_address: { address: "127.0.0.1", port_value: port } };
  const type = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  return {
    name,
    type: "STATIC",
    typed_extension_protocol_options: {
      [type]: { "@type": `type.googleapis.com/${type}`, explicit_http_config: { http2_protocol_options: {} } },
    },
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
  } as { name: string };
}

async function ask(plugin: string, headers: Record<string, string>) {
  const { status, body } = await send(await envoy.port(plugin), { path: "/p", headers });
  return `${status} ${body}`;
}

const unreachable =
  "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure" +
  "{upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}}";

describe("a gRPC call", () => {
  test.each([
    ["carries a message and metadata, and is answered", "words", "héllo", "200 0 [] 6 bytes from a filter"],
    [
      "goes to an upstream whose name is a protobuf message by accident",
      "auth-grpc",
      "",
      "200 0 [] 0 bytes from a filter",
    ],
    ["can be refused by the server", "words", "fail", "403 7 [not%20this%20word{via_upstream}] "],
    ["may not reach the server", "refusing", "", `403 14 [${unreachable}] `],
    ["is InternalFailure at once where the upstream has no host", "empty", "", "503 status 10"],
    ["is InternalFailure at once where there is no such upstream", "missing", "", "503 status 10"],
  ])("%s", async (_name, upstream, say, expected) => {
    const before = envoy.lines("unary").length;
    expect(await ask("unary", { "x-call": upstream, "x-say": say })).toBe(expected);
    const lines = envoy.lines("unary").slice(before);
    expect(lines.filter((line) => line !== "info: over")).toEqual(
      expected.startsWith("503") ? [] : ["info: reply to /p"],
    );
  });

  test("can take too long, as Envoy says or before it the server", async () => {
    const said = ["403 14 [upstream request timeout{response_timeout}] ", "403 4 [Deadline%20exceeded{via_upstream}] "];
    expect(said).toContain(await ask("unary", { "x-call": "words", "x-say": "slow" }));
  });

  test("is cancelled when the stream is over before", async () => {
    await vi.waitUntil(() => words.calls === 0);
    const { cancelled } = words;
    const before = envoy.lines("unary").length;
    await abandon("unary", "x-call: words\r\nx-say: slow\r\n", () => words.calls > 0);
    await vi.waitUntil(() => words.cancelled === cancelled + 1);
    expect(envoy.lines("unary").slice(before)).toEqual(["info: over"]);
  });
});

describe("a call of a method from a .proto file", () => {
  test.each([
    ["is answered with a message that is read", { "x-token": "Bearer jane" }, "200 jane GET /p a filter"],
    ["is answered with a message that has only defaults, which is no byte", { "x-token": "jane" }, "403 "],
    ["has no response where the server refuses", { "x-token": "fail" }, "503 null, status 7"],
    ["has no response where the answer is no such message", { "x-token": "nonsense" }, "503 null, status 0"],
    ["has no response where nobody answers", { "x-call": "refusing" }, "503 null, status 14"],
    ["is InternalFailure at once where there is no such upstream", { "x-call": "missing" }, "503 status 10"],
  ])("%s", async (_name, headers, expected) => {
    expect(await ask("typed", headers)).toBe(expected);
  });
});

describe("a gRPC stream", () => {
  const start = "initial words | ECHO 1 | send 0";
  // Calls on a stream that is over are refused by the SDK: Envoy would use what it has freed.
  const end = "close 0 [OK{via_upstream}] then 222";
  test.each([
    ["carries messages both ways", "", "words", `200 ${start} | ECHO 2 | ECHO bye | trailing the end | ${end}`],
    [
      "still hears of the other side after its own is closed",
      "half",
      "words",
      `200 ${start} | close 0 | ECHO 2 | trailing the end | ${end}`,
    ],
    ["can be broken off", "cancel", "words", "200 initial words | ECHO 1 | cancel 0 send 2"],
    ["may not reach the server", "", "refusing", `200 initial ? | trailing ? | close 14 [${unreachable}] then 222`],
    ["is InternalFailure at once where the upstream has no host", "", "empty", "503 status 10 send 2"],
    ["is InternalFailure at once where there is no such upstream", "", "missing", "503 status 10 send 2"],
  ])("%s", async (_name, mode, upstream, expected) => {
    const { cancelled } = words;
    expect(await ask("streaming", { "x-call": upstream, "x-mode": mode })).toBe(expected);
    await vi.waitUntil(() => words.open === 0);
    expect(words.cancelled - cancelled).toBe(mode === "cancel" ? 1 : 0);
  });

  test("is broken off when the HTTP stream is over before", async () => {
    const { cancelled } = words;
    await abandon("streaming", "x-mode: wait\r\n", () => words.open > 0);
    await vi.waitUntil(() => words.cancelled === cancelled + 1 && words.open === 0);
  });
});

/** Asks, and leaves when `isUnderWay`. */
async function abandon(plugin: string, headers: string, isUnderWay: () => boolean): Promise<void> {
  const client = connect(await envoy.port(plugin), "127.0.0.1");
  client.write(`GET /gone HTTP/1.1\r\nhost: a\r\n${headers}\r\n`);
  await vi.waitUntil(isUnderWay);
  client.destroy();
}
