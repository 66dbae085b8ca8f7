import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { compileText } from "./testdata/compile.ts";
import { SmallProxy } from "./testdata/proxy.ts";

const CONTINUE = 0;
const PAUSE = 1;

/** Does in each callback what a header of the request says: `p` pauses, whatever else goes on. */
const FILTER = `import { Action, Body, filter, Headers, HttpFilter, log, sendLocalResponse } from "@asmfilter/sdk";
@filter("a") class A extends HttpFilter {
  plan: string = "";
  next(): Action {
    const action = this.plan.startsWith("p") ? Action.Pause : Action.Continue;
    this.plan = this.plan.substr(1);
    return action;
  }
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    this.plan = headers.getOr("x-plan", "");
    return this.next();
  }
  onRequestBody(body: Body, endOfStream: bool): Action {
    log.info("request " + body.text() + (endOfStream ? "." : ""));
    return this.next();
  }
  onRequestMetadata(count: u32): void { this.continueRequest(); }
  onResponseHeaders(headers: Headers, endOfStream: bool): Action { return this.next(); }
  onResponseBody(body: Body, endOfStream: bool): Action {
    log.info("response " + body.text() + (endOfStream ? "." : ""));
    return this.next();
  }
  onResponseTrailers(trailers: Headers): Action {
    log.info("trailers " + this.continueResponse().toString());
    return this.next();
  }
  onResponseMetadata(count: u32): void { this.continueResponse(); }
  late(): void { log.info("late " + sendLocalResponse(403).toString()); }
  onLog(): void { this.late(); }
  onDone(): bool { this.late(); return true; }
  onDelete(): void { this.late(); }
}`;

let wasm: Uint8Array;
let proxy: SmallProxy;

beforeAll(async () => {
  ({ wasm } = await compileText(FILTER));
}, 60_000);
beforeEach(() => {
  proxy = new SmallProxy(wasm);
  proxy.configure(undefined);
});

describe.each(["request", "response"] as const)("of a %s", (direction) => {
  const begin = (plan: string) => {
    proxy.request(2, [["x-plan", direction === "request" ? plan : `-${plan}`]]);
    if (direction === "response") proxy.call("proxy_on_response_headers", 2, 0, 0);
  };
  const body = (text: string) => {
    proxy.buffers[direction === "request" ? 0 : 1] = new TextEncoder().encode(text);
    return proxy.call(`proxy_on_${direction}_body`, 2, text.length, 0);
  };
  const trailers = () => proxy.call(`proxy_on_${direction}_trailers`, 2, 1);
  const goOn = () => proxy.call(`proxy_on_${direction}_metadata`, 2, 1);
  const said = () => proxy.logs.splice(0).filter((line) => !line.includes("trailers"));

  test("a body that is held has its last callback when trailers end it", () => {
    begin("-p-");
    expect([body("ab"), trailers()]).toEqual([PAUSE, CONTINUE]);
    expect(said()).toEqual([`2 ${direction} ab`, `2 ${direction} ab.`]);
    expect(proxy.continued).toEqual([]);
  });

  test("trailers do not pass a body by that is held further", () => {
    begin("-pp-");
    expect([body("ab"), trailers()]).toEqual([PAUSE, PAUSE]);
    goOn();
    expect(proxy.continued.length).toBe(1);
  });

  test("a body that has gone on has no callback any more", () => {
    begin("---");
    expect([body("ab"), trailers()]).toEqual([CONTINUE, CONTINUE]);
    expect(said()).toEqual([`2 ${direction} ab`]);
  });

  test("a body goes on by a call where its head was held too, and is not given again", () => {
    begin("pp--");
    goOn();
    expect([body("ab"), trailers()]).toEqual([PAUSE, PAUSE]);
    expect(proxy.continued.length).toBe(2);
    expect(said().length).toBe(2);
    expect([body("ab"), trailers()]).toEqual([CONTINUE, CONTINUE]);
    expect(said()).toEqual([]);
    expect(proxy.continued.length).toBe(2);
  });
});

test("in the callback for trailers nothing can go on by a call", () => {
  proxy.request(2, []);
  proxy.call("proxy_on_response_trailers", 2, 1);
  expect(proxy.logs).toEqual(["2 trailers 2"]);
});

test("a stream that ends cannot be answered any more", () => {
  proxy.request(2, []);
  proxy.end(2);
  expect(proxy.logs).toEqual(["2 late 2", "2 late 2", "2 late 2"]);
  expect(proxy.replies).toEqual([]);
});
