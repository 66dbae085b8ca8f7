import { expect, test } from "vitest";
import { guest } from "../../test/guest.ts";
import { messages } from "../../test/logs.ts";
import { load } from "../testing/index.ts";

// What is expected here was seen on Envoy 1.40 with the same guests.

const teaHeader = '"\\01\\00\\00\\00\\05\\00\\00\\00\\05\\00\\00\\00X-Tea\\00green\\00"';

function answering(callback: string, parameters: string): Uint8Array {
  return guest(
    [
      `(data (i32.const 3000) ${teaHeader})
       (func (export "${callback}") (param ${parameters}) (result i32)
         (call $report `,
      " (call $send_local_response (i32.const 403) ",
      " ",
      ` (i32.const 3000) (i32.const 24) (i32.const -1)))
         (call $say `,
      `) (i32.const 0))
       (func (export "proxy_on_log") (param i32) (call $header (i32.const 2) `,
      "))",
    ],
    "send",
    "no entry",
    "keep out",
    "goes on",
    ":status",
  );
}

test("a local response overrides the action, after the callback has run to its end", async () => {
  const filter = await load(answering("proxy_on_request_headers", "i32 i32 i32"));
  const reply = await filter.request({ body: "never seen" });
  expect(reply).toMatchObject({ status: 403, upstream: undefined, details: "no_entry" });
  expect(reply.text()).toBe("keep out");
  expect(reply.headers.entries()).toEqual([
    ["x-tea", "green"],
    ["content-length", "8"],
    ["content-type", "text/plain"],
  ]);
  expect(messages(reply.logs)).toEqual(["send=0", "goes on", ":status=0", ":status:403"]);
});

test("a local response passes the filter's own response callbacks", async () => {
  const filter = await load(guest`
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
      (drop (call $send_local_response (i32.const 418) ${""} ${"teapot"} ${""} (i32.const -1))) (i32.const 0))
    (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
      (drop (call $add_header_map_value (i32.const 2) ${"x-added"} ${"v"})) (i32.const 0))
    (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32) (call $body (i32.const 1)) (i32.const 0))`);
  const reply = await filter.request();
  expect(reply.headers.get("x-added")).toBe("v");
  expect(messages(reply.logs)).toEqual(["body:teapot"]);
});

test("in response headers a local response takes the upstream's place", async () => {
  const filter = await load(answering("proxy_on_response_headers", "i32 i32 i32"));
  const reply = await filter.request({ upstream: { headers: { "x-upstream": "1" }, body: "secret" } });
  expect(reply.status).toBe(403);
  expect(reply.headers.has("x-upstream")).toBe(false);
  expect(reply.text()).toBe("keep out");
});

test("in the response's body it comes too late: the stream is broken off", async () => {
  const filter = await load(answering("proxy_on_response_body", "i32 i32 i32"));
  const reply = await filter.request({ upstream: { body: "secret" } });
  expect(reply).toMatchObject({ status: 200, reset: true });
  expect(reply.text()).toBe("");
});

test("a gRPC client gets a gRPC error", async () => {
  const filter = await load(answering("proxy_on_request_headers", "i32 i32 i32"));
  const { status, headers } = await filter.request({ method: "POST", headers: { "content-type": "application/grpc" } });
  expect(status).toBe(200);
  expect(headers.entries().slice(0, 3)).toEqual([
    ["content-type", "application/grpc"],
    ["grpc-status", "7"],
    ["grpc-message", "keep out"],
  ]);
});

test("the names of a local response's headers are in lower case, but for what is beyond ASCII", async () => {
  const filter = await load(guest`
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
      (drop (call $send_local_response (i32.const 403) ${""} ${""} (i32.const 3000) (i32.const 19) (i32.const -1)))
      (i32.const 0))
    (data (i32.const 3000) "\\01\\00\\00\\00\\04\\00\\00\\00\\01\\00\\00\\00X-\\c3\\a9\\001\\00")`);
  const reply = await filter.request();
  expect(reply.headers.entries()).toEqual([["x-é", "1"]]);
});

test("of two local responses the first counts", async () => {
  const filter = await load(guest`
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
      (drop (call $send_local_response (i32.const 999) ${""} ${""} ${""} (i32.const -1)))
      (call $report ${"again"} (call $send_local_response (i32.const 404) ${""} ${"second"} ${""} (i32.const -1)))
      (i32.const 0))`);
  const reply = await filter.request();
  expect(reply.status).toBe(999);
  expect(messages(reply.logs)).toEqual(["again=0"]);
});

test("closing the stream leaves the client without an answer", async () => {
  const filter = await load(guest`
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
      (call $report ${"close"} (call $close_stream (i32.const 0))) (i32.const 1))
    (func (export "proxy_on_log") (param i32) (call $say ${"log"}))`);
  const reply = await filter.request();
  expect(reply).toMatchObject({ status: 0, reset: true, upstream: undefined });
  expect(messages(reply.logs)).toEqual(["close=0", "log"]);
});

test("stream types are checked", async () => {
  const filter = await load(guest`
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
      (call $report ${"downstream"} (call $continue_stream (i32.const 2)))
      (call $report ${"upstream"} (call $continue_stream (i32.const 3)))
      (call $report ${"unknown"} (call $continue_stream (i32.const 4)))
      (call $report ${"close unknown"} (call $close_stream (i32.const 4)))
      (i32.const 0))`);
  const reply = await filter.request();
  expect(messages(reply.logs)).toEqual(["downstream=0", "upstream=12", "unknown=2", "close unknown=2"]);
});
