import { describe, expect, test } from "vitest";
import { guest } from "../../test/guest.ts";
import { messages } from "../../test/logs.ts";
import { load } from "../testing/index.ts";

// What is expected here was seen on Envoy 1.40 with the same guests.

test("callbacks come in Envoy's order, and the body ends with an empty piece", async () => {
  const filter = await load(guest`
    (func (export "proxy_on_context_create") (param i32 i32)
      (if (local.get 1) (then (call $say ${"create"}))))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (call $report ${"request headers"} (local.get 2)) (i32.const 0))
    (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32) (call $report ${"request body"} (local.get 1)) (i32.const 0))
    (func (export "proxy_on_request_trailers") (param i32 i32) (result i32) (call $report ${"request trailers"} (local.get 1)) (i32.const 0))
    (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) (call $report ${"response headers"} (local.get 2)) (i32.const 0))
    (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32) (call $report ${"response body"} (local.get 1)) (i32.const 0))
    (func (export "proxy_on_response_trailers") (param i32 i32) (result i32) (call $report ${"response trailers"} (local.get 1)) (i32.const 0))
    (func (export "proxy_on_log") (param i32) (call $say ${"log"}))
    (func (export "proxy_on_done") (param i32) (result i32) (call $say ${"done"}) (i32.const 0))
    (func (export "proxy_on_delete") (param i32) (call $say ${"delete"}))`);
  const reply = await filter.request({
    body: "hello",
    upstream: { body: ["one", "three"], trailers: { "grpc-status": "0" } },
  });
  expect(reply.trailers.get("grpc-status")).toBe("0");
  expect(messages(reply.logs)).toEqual([
    "create",
    "request headers=0",
    "request body=5",
    "request body=0",
    "response headers=0",
    "response body=3",
    "response body=5",
    "response trailers=1",
    "log",
    "done",
    "delete",
  ]);
});

/** Takes an action in a callback, and continues the request at the next tick. */
function pausing(headersAction: number, bodyAction: number): Uint8Array {
  const remember = "(global.set $stream (local.get 0))";
  return guest(
    [
      `(global $stream (mut i32) (i32.const 0))
       (func (export "proxy_on_configure") (param i32 i32) (result i32)
         (drop (call $set_tick_period_milliseconds (i32.const 100))) (i32.const 1))
       (func (export "proxy_on_tick") (param i32)
         (if (global.get $stream) (then
           (drop (call $set_effective_context (global.get $stream)))
           (global.set $stream (i32.const 0))
           (call $say `,
      `) (drop (call $continue_stream (i32.const 0))))))
       (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
         ${headersAction ? remember : ""} (i32.const ${headersAction}))
       (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
         (call $report `,
      ` (local.get 2)) (call $body (i32.const 0))
         ${bodyAction ? `(if (local.get 2) (then ${remember}))` : ""} (i32.const ${bodyAction}))`,
    ],
    "continue",
    "end",
  );
}

describe("a paused request", () => {
  const body = ["one", "two"];

  test.each([1, 3, 4, 9])(
    "headers action %i keeps the body back, and shows it in one piece afterwards",
    async (action) => {
      const filter = await load(pausing(action, 0));
      const waiting = filter.request({ body });
      await filter.advance(100);
      const reply = await waiting;
      expect(messages(reply.logs)).toEqual(["continue", "end=1", "body:onetwo"]);
      expect(reply.upstream?.text()).toBe("onetwo");
    },
  );

  test("headers action 2 (end the stream) continues", async () => {
    const filter = await load(pausing(2, 0));
    const reply = await filter.request({ body });
    expect(messages(reply.logs)).toEqual(["end=0", "body:one", "end=0", "body:two", "end=1", "body:"]);
  });

  test("Pause in headers lets the body's callbacks come where the plugin allows it", async () => {
    const filter = await load(pausing(1, 0), { allowOnHeadersStopIteration: true });
    const reply = await filter.request({ body });
    expect(messages(reply.logs)).toEqual(["end=0", "body:one", "end=0", "body:two", "end=1", "body:"]);
    expect(reply.upstream?.text()).toBe("onetwo");
  });

  test("a body that is held behind a head that was, and is let go by its trailers, is lost", async () => {
    const filter = await load(pausing(1, 1));
    const waiting = filter.request({ body: ["one", "two"], trailers: { "x-t": "1" } });
    await filter.advance(100);
    const reply = await waiting;
    expect(messages(reply.logs)).toEqual(["continue", "end=0", "body:onetwo"]);
    expect([reply.upstream?.text(), reply.upstream?.trailers.get("x-t")]).toEqual(["", "1"]);
  });

  test("body action 1 shows all that came so far each time", async () => {
    const filter = await load(pausing(0, 1));
    const waiting = filter.request({ body });
    await filter.advance(100);
    const reply = await waiting;
    expect(messages(reply.logs)).toEqual([
      "end=0",
      "body:one",
      "end=0",
      "body:onetwo",
      "end=1",
      "body:onetwo",
      "continue",
    ]);
    expect(reply.upstream?.text()).toBe("onetwo");
  });

  test("body action 2 keeps the body, but shows each piece alone", async () => {
    const filter = await load(pausing(0, 2));
    const waiting = filter.request({ body });
    await filter.advance(100);
    const reply = await waiting;
    expect(messages(reply.logs)).toEqual(["end=0", "body:one", "end=0", "body:two", "end=1", "body:", "continue"]);
    expect(reply.upstream?.text()).toBe("onetwo");
  });

  test("body action 3 throws the body away, so that an upstream told its length waits in vain", async () => {
    const filter = await load(pausing(0, 3));
    const waiting = filter.request({ body: "hello" });
    await filter.advance(100);
    const reply = await waiting;
    expect(reply.upstream).toMatchObject({ complete: false });
    expect(reply.status).toBe(504);
  });

  test("that nothing resumes is an error which says so", async () => {
    const filter = await load(guest`
      (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (i32.const 1))`);
    await expect(filter.request()).rejects.toMatchObject({
      code: "ASMF_STREAM_PAUSED",
      message: expect.stringContaining("paused the request"),
    });
  });
});

test("a response can be gathered and replaced, if its content-length goes first", async () => {
  const filter = await load(guest`
    (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
      (drop (call $remove_header_map_value (i32.const 2) ${"content-length"})) (i32.const 0))
    (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
      (if (i32.eqz (local.get 2)) (then (return (i32.const 1))))
      (call $body (i32.const 1))
      (drop (call $set_buffer_bytes (i32.const 1) (i32.const 0) (i32.const 100) ${"replaced by the filter"}))
      (i32.const 0))`);
  const reply = await filter.request({ upstream: { body: "original" } });
  expect(reply.text()).toBe("replaced by the filter");
  expect(messages(reply.logs)).toEqual(["body:original"]);
});

test("a replaced body with the old content-length is cut off at it", async () => {
  const filter = await load(guest`
    (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
      (if (local.get 1) (then
        (drop (call $set_buffer_bytes (i32.const 1) (i32.const 0) (i32.const 100) ${"something longer"}))))
      (i32.const 0))`);
  const reply = await filter.request({ upstream: { body: "original" } });
  expect(reply.text()).toBe("somethin");
});

test("trailers can be made in the last body callback", async () => {
  const filter = await load(guest`
    (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
      (call $report ${"add"} (call $add_header_map_value (i32.const 3) ${"x-trailer"} ${"t"})) (i32.const 0))
    (func (export "proxy_on_response_trailers") (param i32 i32) (result i32) (call $say ${"trailers"}) (i32.const 0))`);
  const reply = await filter.request({ upstream: { body: ["one"] } });
  expect(messages(reply.logs)).toEqual(["add=2", "add=0"]);
  expect(reply.trailers.entries()).toEqual([["x-trailer", "t"]]);
});
