import { beforeAll, describe, expect, test, vi } from "vitest";
import { SmallProxy } from "./testdata/proxy.ts";
import { compileGuest } from "./testdata/sources.ts";

const MB = 1 << 20;

vi.setConfig({ testTimeout: 60_000 });

/** How one callback puts a megabyte together, leaving about a gigabyte of shorter texts behind on the way. */
const WAYS = `
  function byAdding(): string {
    let text = "";
    for (let i = 0; i < 1024; i++) text += ${JSON.stringify("0123456789abcdef".repeat(64))};
    return text;
  }
  function byJoining(): string {
    const parts: string[] = [];
    for (let i = 0; i < 65536; i++) parts.push(i.toString().padStart(16, "."));
    return parts.join("");
  }
  /** The way that the first byte asks for. */
  function build(bytes: Uint8Array): string {
    return bytes[0] == 0 ? byAdding() : byJoining();
  }`;

const HTTP = `import { HttpCallHandler, HttpReply, HttpRequest, httpCall } from "@asmfilter/sdk";
  ${WAYS}
  class OnReply extends HttpCallHandler<A> {
    onReply(stream: A, reply: HttpReply): void {
      respond(200, build(reply.body.bytes()));
    }
  }
  @filter("a") class A extends HttpFilter {
    onRequestHeaders(headers: Headers, endOfStream: bool): Action {
      httpCall(this, "texts", new HttpRequest("GET", "/", "texts.example"), new OnReply());
      return Action.Continue;
    }
    onRequestBody(body: Body, endOfStream: bool): Action {
      body.replace(build(body.bytes()));
      return Action.Continue;
    }
    onResponseBody(body: Body, endOfStream: bool): Action {
      body.replace(build(body.bytes()));
      return Action.Continue;
    }
  }`;

const NETWORK = `import { Data, NetworkFilter } from "@asmfilter/sdk";
  ${WAYS}
  @filter("a") class A extends NetworkFilter {
    onDownstreamData(data: Data, endOfStream: bool): Action {
      data.replace(build(data.bytes()));
      return Action.Continue;
    }
    onUpstreamData(data: Data, endOfStream: bool): Action {
      data.replace(build(data.bytes()));
      return Action.Continue;
    }
  }`;

const calling = (name: string) => (proxy: SmallProxy) => proxy.call(name, 2, 1, 1);
const lengthOf = (buffer: number) => (proxy: SmallProxy) => proxy.buffers[buffer]?.length;

/** The callbacks that are given bytes: in which buffer, what the proxy calls, and how much it then has. */
const PLACES = [
  ["a request's body", HTTP, 0, calling("proxy_on_request_body"), lengthOf(0)],
  ["a response's body", HTTP, 1, calling("proxy_on_response_body"), lengthOf(1)],
  ["the answer to a call", HTTP, 4, answerCall, (proxy: SmallProxy) => proxy.replies.at(-1)?.body.length],
  ["a client's data", NETWORK, 2, calling("proxy_on_downstream_data"), lengthOf(2)],
  ["a server's data", NETWORK, 3, calling("proxy_on_upstream_data"), lengthOf(3)],
] as const;

/** Has the stream make a call, and answers it. */
function answerCall(proxy: SmallProxy): void {
  proxy.call("proxy_on_request_headers", 2, 0, 0);
  proxy.call("proxy_on_http_call_response", 1, proxy.callouts.started.at(-1)!.id, 1, 1, 0);
}

describe("a callback that builds a body of 1 MB stays within a few times that", () => {
  const modules = new Map<string, Uint8Array>();

  beforeAll(async () => {
    for (const source of [HTTP, NETWORK]) modules.set(source, (await compileGuest(source)).wasm);
  });

  test.each(PLACES.flatMap(([place, ...rest]) => ["+=", "joining"].map((way, i) => [place, way, i, ...rest] as const)))(
    "in place of %s, by %s",
    (_place, _way, way, source, buffer, call, made) => {
      const proxy = new SmallProxy(modules.get(source)!);
      proxy.configure(undefined);
      proxy.call("proxy_on_context_create", 2, 1);
      const sizes: number[] = [];
      for (let round = 0; round < 3; round++) {
        proxy.buffers[buffer] = Uint8Array.of(way);
        call(proxy);
        expect(made(proxy)).toBe(MB);
        sizes.push(proxy.memory.buffer.byteLength / MB);
      }
      // Two bytes a character: a text, the one it is made of or its parts with their heads; and the bytes on the way out.
      expect(Math.max(...sizes)).toBeLessThanOrEqual(12);
      expect(sizes[2]).toBe(sizes[1]);
    },
  );
});
