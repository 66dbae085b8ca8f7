import { expect, test } from "vitest";
import { guest } from "../../test/guest.ts";
import { messages } from "../../test/logs.ts";
import { load } from "../testing/index.ts";

// What is expected here was seen on Envoy 1.40 with the same guests.

test("a value is the first of its name, a missing one is NotFound, an empty one is there", async () => {
  const filter = await load(guest`
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
      (call $header (i32.const 0) ${"X-Multi"})
      (call $header (i32.const 0) ${"x-empty"})
      (call $header (i32.const 0) ${"x-missing"})
      (i32.const 0))`);
  const reply = await filter.request({ headers: { "x-multi": ["first", "second"], "x-empty": "" } });
  expect(messages(reply.logs)).toEqual([
    "X-Multi=0",
    "X-Multi:first",
    "x-empty=0",
    "x-empty:",
    "x-missing=1",
    "x-missing:",
  ]);
});

test("host is another name of :authority", async () => {
  const filter = await load(guest`
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
      (call $header (i32.const 0) ${"host"}) (i32.const 0))`);
  const reply = await filter.request({ authority: "shop.example" });
  expect(messages(reply.logs)).toContain("host:shop.example");
});

test("adding makes another entry, but appends to those that Envoy keeps one of", async () => {
  const filter = await load(guest`
    (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
      (drop (call $add_header_map_value (i32.const 2) ${"x-custom"} ${"2"}))
      (drop (call $add_header_map_value (i32.const 2) ${"set-cookie"} ${"b=2"}))
      (drop (call $add_header_map_value (i32.const 2) ${"vary"} ${"origin"}))
      (i32.const 0))`);
  const { headers } = await filter.request({
    upstream: { headers: { "x-custom": "1", "set-cookie": "a=1", vary: "accept" } },
  });
  expect(headers.getAll("x-custom")).toEqual(["1", "2"]);
  expect(headers.getAll("set-cookie")).toEqual(["a=1", "b=2"]);
  expect(headers.getAll("vary")).toEqual(["accept,origin"]);
});

test("replacing leaves one entry, behind all others", async () => {
  const filter = await load(guest`
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
      (drop (call $replace_header_map_value (i32.const 0) ${"x-multi"} ${"new"})) (i32.const 0))`);
  const reply = await filter.request({
    headers: [
      ["x-multi", "1"],
      ["x-between", "b"],
      ["x-multi", "2"],
    ],
  });
  expect(reply.upstream?.headers.entries()).toEqual([
    ["x-between", "b"],
    ["x-multi", "new"],
  ]);
});

test("a map that is not there now is BadArgument, but its pairs are an empty list", async () => {
  const filter = await load(guest`
    (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
      (call $header (i32.const 0) ${":path"})
      (call $report ${"pairs"} (call $get_header_map_pairs (i32.const 0) (i32.const 16) (i32.const 20)))
      (call $report ${"address"} (i32.load (i32.const 16)))
      (call $report ${"length"} (i32.load (i32.const 20)))
      (call $report ${"add"} (call $add_header_map_value (i32.const 0) ${"a"} ${"b"}))
      (call $report ${"size"} (call $get_header_map_size (i32.const 0) (i32.const 16)))
      (call $report ${"unknown"} (call $get_header_map_pairs (i32.const 8) (i32.const 16) (i32.const 20)))
      (i32.const 0))`);
  const reply = await filter.request();
  expect(messages(reply.logs)).toEqual([
    ":path=2",
    ":path:",
    "pairs=0",
    "address=0",
    "length=0",
    "add=2",
    "size=2",
    "unknown=2",
  ]);
});

test("while it is logged the maps can be read, not written, and what is missing is NotFound", async () => {
  const filter = await load(guest`
    (func (export "proxy_on_log") (param i32)
      (call $header (i32.const 0) ${":path"})
      (call $header (i32.const 2) ${":status"})
      (call $header (i32.const 3) ${"x-none"})
      (call $report ${"add"} (call $add_header_map_value (i32.const 2) ${"a"} ${"b"})))`);
  const reply = await filter.request({ path: "/logged" });
  expect(messages(reply.logs)).toEqual([
    ":path=0",
    ":path:/logged",
    ":status=0",
    ":status:200",
    "x-none=1",
    "x-none:",
    "add=2",
  ]);
});

test("the size of a map is that of its bytes", async () => {
  const filter = await load(guest`
    (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
      (drop (call $get_header_map_size (i32.const 2) (i32.const 16)))
      (call $report ${"bytes"} (i32.load (i32.const 16))) (i32.const 0))`);
  const reply = await filter.request({ upstream: { headers: { ab: "cde" } } });
  expect(messages(reply.logs)).toEqual([`bytes=${":status200abcde".length}`]);
});

test("setting pairs replaces all, and pairs out of form leave nothing", async () => {
  const filter = await load(guest`
    (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
      (call $report ${"set"} (call $set_header_map_pairs (i32.const 2) (i32.const 3000) (i32.const 39)))
      (i32.const 0))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
      (call $report ${"cut short"} (call $set_header_map_pairs (i32.const 0) (i32.const 3000) (i32.const 38)))
      (call $report ${"outside"} (call $set_header_map_pairs (i32.const 0) (i32.const -4) (i32.const 38)))
      (call $header (i32.const 0) ${":path"})
      (i32.const 0))
    (data (i32.const 3000) "\\02\\00\\00\\00\\07\\00\\00\\00\\03\\00\\00\\00\\03\\00\\00\\00\\02\\00\\00\\00:status\\00201\\00X-A\\00vv\\00")`);
  const reply = await filter.request({ upstream: { headers: { gone: "1" } } });
  expect(messages(reply.logs)).toEqual(["cut short=0", "outside=6", ":path=1", ":path:", "set=0"]);
  expect(reply.status).toBe(201);
  expect(reply.headers.entries()).toEqual([["x-a", "vv"]]);
});
