import { describe, expect, test } from "vitest";
import { compileText, diagnosticsOf } from "./testdata/compile.ts";
import { SmallProxy } from "./testdata/proxy.ts";

const HEAD =
  'import { Action, Body, BodyFilter, BodyUse, filter, Headers, HttpFilter, log, respond } from "@asmfilter/sdk";\n';
const CONTINUE = 0;
const PAUSE = 1;

async function proxyOf(members: string): Promise<SmallProxy> {
  const { wasm } = await compileText(`${HEAD}@filter("a") class A extends BodyFilter { ${members} }`);
  const proxy = new SmallProxy(wasm);
  proxy.configure(undefined);
  return proxy;
}

/** Sends a part of a body, behind what a pause held; what the filter makes of it. */
function part(proxy: SmallProxy, direction: "request" | "response", text: string, end: boolean): number {
  const buffer = direction === "request" ? 0 : 1;
  const held = proxy.buffers[buffer] ?? new Uint8Array();
  proxy.buffers[buffer] = new Uint8Array(Buffer.concat([held, Buffer.from(text)]));
  return proxy.call(`proxy_on_${direction}_body`, 2, text.length, Number(end));
}

const bodyOf = (proxy: SmallProxy, buffer = 0) => Buffer.from(proxy.buffers[buffer] ?? []).toString();

const SHOUT = `onWholeRequest(body: Body): Action {
  log.info("whole " + body.length.toString());
  body.replace(body.text().toUpperCase());
  return Action.Continue;
}`;

describe("a request's body", () => {
  test("is held until its last part, given once, and goes on without the length that it had", async () => {
    const proxy = await proxyOf(SHOUT);
    expect(proxy.request(2, [["content-length", "6"]])).toBe(CONTINUE);
    expect(proxy.header("content-length")).toBeUndefined();
    expect(part(proxy, "request", "abc", false)).toBe(PAUSE);
    expect(part(proxy, "request", "def", false)).toBe(PAUSE);
    expect(part(proxy, "request", "", true)).toBe(CONTINUE);
    expect(bodyOf(proxy)).toBe("ABCDEF");
    expect(proxy.logs).toEqual(["2 whole 6"]);
  });

  test("is given when trailers end it", async () => {
    const proxy = await proxyOf(
      `${SHOUT} onRequestTrailers(trailers: Headers): Action { log.info("trailers"); return Action.Continue; }`,
    );
    proxy.request(2, []);
    part(proxy, "request", "abc", false);
    expect(proxy.call("proxy_on_request_trailers", 2, 1)).toBe(CONTINUE);
    expect(bodyOf(proxy)).toBe("ABC");
    expect(proxy.logs).toEqual(["2 whole 3", "2 trailers"]);
  });

  test("keeps its length where it is only read", async () => {
    const proxy = await proxyOf(
      `constructor() { super(); this.requestUse = BodyUse.Read; }
      onWholeRequest(body: Body): Action { log.info(body.text()); return Action.Continue; }`,
    );
    proxy.request(2, [["content-length", "3"]]);
    expect(proxy.header("content-length")).toBe("3");
    expect(part(proxy, "request", "abc", true)).toBe(CONTINUE);
    expect(proxy.logs).toEqual(["2 abc"]);
  });

  test("that was to be read only and has another length goes nowhere", async () => {
    const proxy = await proxyOf(
      `constructor() { super(); this.requestUse = BodyUse.Read; }\n${SHOUT.replace(".toUpperCase()", '+"!"')}`,
    );
    proxy.request(2, [["content-length", "3"]]);
    expect(part(proxy, "request", "abc", true)).toBe(PAUSE);
    expect(proxy.replies).toEqual([{ status: 500, body: "", headers: 0 }]);
    expect(proxy.logs[1]).toBe("5 a body that was to be read only has another length now: use BodyUse.Change");
  });

  test("goes by piece by piece where the headers say that the filter does not want it", async () => {
    const proxy = await proxyOf(
      `${SHOUT} onRequestHeaders(headers: Headers, endOfStream: bool): Action {
        if (headers.getOr("content-type", "") != "text/plain") this.requestUse = BodyUse.Pass;
        return Action.Continue;
      }`,
    );
    proxy.request(2, [
      ["content-length", "3"],
      ["content-type", "image/png"],
    ]);
    expect(proxy.header("content-length")).toBe("3");
    expect(part(proxy, "request", "abc", false)).toBe(CONTINUE);
    expect(proxy.call("proxy_on_request_trailers", 2, 0)).toBe(CONTINUE);
    expect(proxy.logs).toEqual([]);
  });

  test("that is none is given with length 0", async () => {
    const proxy = await proxyOf(SHOUT);
    proxy.call("proxy_on_context_create", 2, 1);
    expect(proxy.call("proxy_on_request_headers", 2, 0, 1)).toBe(CONTINUE);
    expect(proxy.logs).toEqual(["2 whole 0"]);
  });

  test("that is none is given when a request that waited in its headers goes on", async () => {
    const proxy = await proxyOf(
      `${SHOUT} onRequestHeaders(headers: Headers, endOfStream: bool): Action { return Action.Pause; }
      onLog(): void { log.info(this.continueRequest().toString()); }`,
    );
    proxy.call("proxy_on_context_create", 2, 1);
    expect(proxy.call("proxy_on_request_headers", 2, 0, 1)).toBe(PAUSE);
    expect(proxy.logs).toEqual([]);
    proxy.call("proxy_on_log", 2);
    expect(proxy.logs).toEqual(["2 whole 0", "2 0"]);
    expect(proxy.continued).toEqual([0]);
  });
});

describe("beyond the limit", () => {
  const SMALL = "constructor() { super(); this.requestLimit = 4; this.responseLimit = 4; }";
  const BOTH = `${SMALL}
    onWholeRequest(body: Body): Action { log.info("request"); return Action.Continue; }
    onWholeResponse(body: Body): Action { log.info("response"); return Action.Continue; }`;
  const LET = `${BOTH}
    onRequestTooLarge(): Action { log.info("too large"); return Action.Continue; }
    onResponseTooLarge(): Action { log.info("too large"); return Action.Continue; }`;

  test("a request whose length says so is answered with 413 before any of it has arrived", async () => {
    const proxy = await proxyOf(BOTH);
    expect(proxy.request(2, [["content-length", "5"]])).toBe(PAUSE);
    expect(proxy.replies).toEqual([{ status: 413, body: "request body too large", headers: 0 }]);
  });

  test("a request that says no length is answered with 413 when there is too much of it", async () => {
    const proxy = await proxyOf(BOTH);
    expect(proxy.request(2, [])).toBe(CONTINUE);
    expect(part(proxy, "request", "1234", false)).toBe(PAUSE);
    expect(proxy.replies).toEqual([]);
    expect(part(proxy, "request", "5", false)).toBe(PAUSE);
    expect(proxy.replies.map(({ status }) => status)).toEqual([413]);
    expect(proxy.logs).toEqual([]);
  });

  test("a response is answered with 502", async () => {
    const proxy = await proxyOf(BOTH);
    proxy.request(2, []);
    proxy.headers[2] = [["content-length", "5000000000"]];
    expect(proxy.call("proxy_on_response_headers", 2, 1, 0)).toBe(PAUSE);
    expect(proxy.replies).toEqual([{ status: 502, body: "response body too large", headers: 0 }]);
  });

  test("a message goes by as it is where the filter says so", async () => {
    const proxy = await proxyOf(LET);
    expect(proxy.request(2, [["content-length", "5"]])).toBe(CONTINUE);
    expect(proxy.header("content-length")).toBe("5");
    expect(part(proxy, "request", "123", false)).toBe(CONTINUE);
    proxy.headers[2] = [];
    expect(proxy.call("proxy_on_response_headers", 2, 1, 0)).toBe(CONTINUE);
    expect(part(proxy, "response", "123", false)).toBe(PAUSE);
    expect(part(proxy, "response", "45", false)).toBe(CONTINUE);
    expect(part(proxy, "response", "6", true)).toBe(CONTINUE);
    expect(proxy.logs).toEqual(["2 too large", "2 too large"]);
    expect(proxy.replies).toEqual([]);
  });
});

test("an answer to HEAD loses the length that its body would have had unchanged", async () => {
  const proxy = await proxyOf('onWholeResponse(body: Body): Action { body.append("!"); return Action.Continue; }');
  proxy.request(2, []);
  proxy.headers[2] = [["content-length", "5"]];
  expect(proxy.call("proxy_on_response_headers", 2, 1, 1)).toBe(CONTINUE);
  expect(proxy.header("content-length", 2)).toBeUndefined();
});

test("a direction that the filter does not ask for is not held, nor even entered", async () => {
  const proxy = await proxyOf(`${SHOUT}
    onResponseHeaders(headers: Headers, endOfStream: bool): Action { return Action.Continue; }`);
  const exported = Object.keys(proxy.exports);
  expect(exported).toContain("proxy_on_request_trailers");
  expect(exported).not.toContain("proxy_on_response_body");
  proxy.request(2, []);
  proxy.headers[2] = [["content-length", "5"]];
  proxy.call("proxy_on_response_headers", 2, 1, 0);
  expect(proxy.header("content-length", 2)).toBe("5");
});

test("a callback for whole bodies in a filter of another base is refused", async () => {
  expect(await diagnosticsOf(`${HEAD}@filter("a") class A extends HttpFilter { ${SHOUT} }`)).toEqual([
    'assembly/index.ts:2 "onWholeRequest" is a callback of BodyFilter: extend that instead of HttpFilter',
  ]);
});
