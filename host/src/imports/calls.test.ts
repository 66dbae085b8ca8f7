import { expect, test } from "vitest";
import { guest } from "../../test/guest.ts";
import { messages } from "../../test/logs.ts";
import { load } from "../testing/index.ts";

/** Sends the request's own headers to the cluster `auth`, and answers by what comes back. */
const asking = guest`
  (global $stream (mut i32) (i32.const 0))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (global.set $stream (local.get 0))
    (drop (call $get_header_map_pairs (i32.const 0) (i32.const 16) (i32.const 20)))
    (call $report ${"call"} (call $http_call ${"auth"} (i32.load (i32.const 16)) (i32.load (i32.const 20)) ${"ask"} ${""} (i32.const 500) (i32.const 24)))
    (call $report ${"id"} (i32.load (i32.const 24)))
    (i32.const 1))
  (func (export "proxy_on_http_call_response") (param i32 i32 i32 i32 i32)
    (call $report ${"context"} (local.get 0)) (call $report ${"id"} (local.get 1))
    (call $report ${"headers"} (local.get 2)) (call $report ${"body"} (local.get 3)) (call $report ${"trailers"} (local.get 4))
    (call $header (i32.const 6) ${":status"}) (call $body (i32.const 4))
    (drop (call $get_status (i32.const 24) (i32.const 16) (i32.const 20)))
    (call $report ${"code"} (i32.load (i32.const 24))) (call $show ${"reason"})
    (call $header (i32.const 0) ${":path"})
    (drop (call $set_effective_context (global.get $stream)))
    (call $header (i32.const 0) ${":path"})
    (drop (call $continue_stream (i32.const 0))))`;

test("the answer to a call arrives on the root, and the stream goes on once it is effective", async () => {
  const filter = await load(asking, {
    clusters: {
      auth: (request) => {
        expect(request).toMatchObject({ method: "GET", path: "/in" });
        expect(request.text()).toBe("ask");
        return { status: 204, headers: { a: "b" }, body: "fine", trailers: { t: "1" } };
      },
    },
  });
  const reply = await filter.request({ path: "/in" });
  expect(reply.upstream?.path).toBe("/in");
  expect(messages(filter.logs)).toEqual([
    ...[
      "call=0",
      "id=4",
      "context=1",
      "id=4",
      "headers=3",
      "body=4",
      "trailers=1",
      ":status=0",
      ":status:204",
      "body:fine",
    ],
    ...["code=0", "reason:", ":path=2", ":path:", ":path=0", ":path:/in"],
  ]);
});

test("a connection that breaks before the answer is a 503", async () => {
  const filter = await load(asking, { clusters: { auth: "reset" } });
  await filter.request();
  expect(messages(filter.logs).slice(4, 12)).toEqual([
    ...["headers=3", "body=95", "trailers=0", ":status=0", ":status:503"],
    "body:upstream connect error or disconnect/reset before headers. reset reason: connection termination",
    ...["code=0", "reason:"],
  ]);
});

test("an answer that breaks off is one without headers, and a status", async () => {
  const filter = await load(asking, { clusters: { auth: "incomplete" } });
  await filter.request();
  expect(messages(filter.logs).slice(4, 12)).toEqual([
    ...["headers=0", "body=0", "trailers=0", ":status=2", ":status:", "body=1", "code=11", "reason:reset"],
  ]);
});

test("a call that takes longer than its timeout is answered 504 at that time", async () => {
  const filter = await load(asking, { clusters: { auth: { delay: 800 } } });
  const waiting = filter.request();
  await filter.advance(499);
  expect(messages(filter.logs)).toHaveLength(2);
  await filter.advance(1);
  await waiting;
  expect(messages(filter.logs)).toContain(":status:504");
});

test("what a cluster's script throws is thrown where the test lets time pass, also of a stream that is driven by hand", async () => {
  const auth = () => {
    throw new Error("not what was expected");
  };
  const filter = await load(asking, { clusters: { auth } });
  filter.stream().requestHeaders({});
  await expect(filter.advance(0)).rejects.toThrow("not what was expected");
});

test("a cluster nobody knows, or a request without :path, is BadArgument", async () => {
  const filter = await load(
    guest`
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
      (drop (call $get_header_map_pairs (i32.const 0) (i32.const 16) (i32.const 20)))
      (call $report ${"unknown"} (call $http_call ${"nobody"} (i32.load (i32.const 16)) (i32.load (i32.const 20)) ${""} ${""} (i32.const 500) (i32.const 24)))
      (call $report ${"no headers"} (call $http_call ${"auth"} ${""} ${""} ${""} (i32.const 500) (i32.const 24)))
      (call $report ${"bad id address"} (call $http_call ${"auth"} (i32.load (i32.const 16)) (i32.load (i32.const 20)) ${""} ${""} (i32.const 500) (i32.const -1)))
      (i32.const 0))`,
    { clusters: { auth: {} } },
  );
  const { logs } = await filter.request();
  expect(messages(logs)).toEqual(["unknown=2", "no headers=2", "bad id address=6"]);
});
