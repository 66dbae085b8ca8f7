import { expect, test } from "vitest";
import { guest } from "../../test/guest.ts";
import { messages } from "../../test/logs.ts";
import { load } from "../testing/index.ts";

// What is expected here was seen on Envoy 1.40 with the same guests.

test.each([
  { start: 0, length: 0, body: "XYhello", why: "put in front" },
  { start: 0, length: 2, body: "XYllo", why: "instead of the beginning" },
  { start: 0, length: -1, body: "XY", why: "instead of everything" },
  { start: 5, length: 9, body: "helloXY", why: "appended at the end" },
  { start: -1, length: 0, body: "helloXY", why: "appended beyond the end" },
  { start: 3, length: 1, body: "hello", why: "refused in the middle" },
])("bytes set at $start over $length are $why", async ({ start, length, body }) => {
  const filter = await load(
    guest(
      [
        `(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
         (drop (call $remove_header_map_value (i32.const 0) `,
        `)) (i32.const 0))
       (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
         (if (i32.eqz (local.get 2)) (then (return (i32.const 1))))
         (call $report `,
        ` (call $set_buffer_bytes (i32.const 0) (i32.const ${start}) (i32.const ${length}) `,
        ")) (i32.const 0))",
      ],
      "content-length",
      "set",
      "XY",
    ),
  );
  const reply = await filter.request({ body: "hello" });
  expect(reply.upstream?.text()).toBe(body);
  expect(messages(reply.logs)).toEqual([body === "hello" ? "set=2" : "set=0"]);
});

test("reading beyond the end gives what is there, without an allocation for nothing", async () => {
  const filter = await load(guest`
    (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
      (if (i32.eqz (local.get 2)) (then (return (i32.const 1))))
      (call $report ${"part"} (call $get_buffer_bytes (i32.const 0) (i32.const 1) (i32.const 50) (i32.const 16) (i32.const 20)))
      (call $show ${"part"})
      (call $report ${"beyond"} (call $get_buffer_bytes (i32.const 0) (i32.const 6) (i32.const 1) (i32.const 16) (i32.const 20)))
      (call $report ${"address"} (i32.load (i32.const 16)))
      (i32.const 0))`);
  const reply = await filter.request({ body: "hello" });
  expect(messages(reply.logs)).toEqual(["part=0", "part:ello", "beyond=0", "address=0"]);
});

test("outside its callback a body is empty and cannot be written; a buffer that never was is NotFound", async () => {
  const filter = await load(guest`
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
      (call $body (i32.const 0))
      (call $report ${"set"} (call $set_buffer_bytes (i32.const 0) (i32.const 0) (i32.const 0) ${"x"}))
      (call $report ${"call response"} (call $get_buffer_bytes (i32.const 4) (i32.const 0) (i32.const 1) (i32.const 16) (i32.const 20)))
      (call $report ${"plugin configuration"} (call $get_buffer_status (i32.const 7) (i32.const 16) (i32.const 20)))
      (call $report ${"unknown"} (call $get_buffer_status (i32.const 9) (i32.const 16) (i32.const 20)))
      (i32.const 0))`);
  const reply = await filter.request({ body: "hello" });
  expect(messages(reply.logs)).toEqual(["body:", "set=2", "call response=1", "plugin configuration=1", "unknown=2"]);
});

test("configurations can be read while the filter is configured, and not be changed", async () => {
  const filter = await load(
    guest`
    (func (export "proxy_on_configure") (param i32 i32) (result i32)
      (call $report ${"size"} (local.get 1))
      (call $body (i32.const 7)) (call $body (i32.const 6))
      (call $report ${"set"} (call $set_buffer_bytes (i32.const 7) (i32.const 0) (i32.const 0) ${"x"}))
      (i32.const 1))`,
    { config: { a: 1 }, vmConfig: "vm" },
  );
  expect(messages(filter.logs)).toEqual(["size=7", 'body:{"a":1}', "body:vm", "set=2"]);
});

test("a body larger than the guest's memory makes it grow, and the host goes on seeing it", async () => {
  const filter = await load(guest`
    (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
      (if (i32.eqz (local.get 2)) (then (return (i32.const 1))))
      (drop (call $get_buffer_bytes (i32.const 0) (i32.const 0) (i32.const -1) (i32.const 16) (i32.const 20)))
      (drop (call $set_buffer_bytes (i32.const 0) (i32.const 0) (i32.const -1) (i32.load (i32.const 16)) (i32.load (i32.const 20))))
      (i32.const 0))`);
  const body = "0123456789".repeat(100_000);
  const reply = await filter.request({ body });
  expect(reply.upstream?.text()).toBe(body);
});
