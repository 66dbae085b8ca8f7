import { expect, test } from "vitest";
import { guest } from "../test/guest.ts";
import { messages } from "../test/logs.ts";
import { load } from "./testing/index.ts";

/** Refuses a configuration that begins with `n`, and tells requests apart by the length of the configuration. */
const configurable = guest`
  (global $size (mut i32) (i32.const 0))
  (func (export "proxy_on_configure") (param i32 i32) (result i32)
    (drop (call $get_buffer_bytes (i32.const 7) (i32.const 0) (i32.const 100) (i32.const 16) (i32.const 20)))
    (if (i32.eq (i32.load8_u (i32.load (i32.const 16))) (i32.const 110)) (then
      (drop (call $log (i32.const 4) ${"header must not be empty"}))
      (return (i32.const 0))))
    (global.set $size (local.get 1))
    (i32.const 1))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (call $report ${"size"} (global.get $size)) (i32.const 0))
  (func (export "proxy_on_done") (param i32) (result i32) (call $report ${"done"} (local.get 0)) (i32.const 1))
  (func (export "proxy_on_delete") (param i32) (call $report ${"delete"} (local.get 0)))`;

test("a refused configuration is an error that carries the filter's own words", async () => {
  await expect(load(configurable, { config: "no" })).rejects.toMatchObject({
    code: "ASMF_FILTER_CONFIGURATION_REFUSED",
    message: expect.stringContaining("error: header must not be empty"),
  });
});

test("another configuration takes over in the same VM, and the old root ends", async () => {
  const filter = await load(configurable, { config: "one" });
  expect(messages((await filter.request()).logs)).toContain("size=3");
  await filter.reconfigure("other");
  expect(messages((await filter.request()).logs)).toContain("size=5");
  expect(messages(filter.logs).filter((message) => message.startsWith("delete="))).toContain("delete=1");
});

test("where another configuration is refused the old one goes on", async () => {
  const filter = await load(configurable, { config: "one" });
  await expect(filter.reconfigure("no")).rejects.toThrow("header must not be empty");
  expect(messages((await filter.request()).logs)).toContain("size=3");
});

test("closing ends the root, and nothing can be asked of the filter any more", async () => {
  const filter = await load(configurable, { config: "one" });
  filter.close();
  filter.close();
  expect(messages(filter.logs)).toEqual(["done=1", "delete=1"]);
  await expect(filter.request()).rejects.toMatchObject({ code: "ASMF_FILTER_CLOSED" });
});

test("a root that is not done yet is deleted once it says so", async () => {
  const filter = await load(guest`
    (func (export "proxy_on_done") (param i32) (result i32) (call $report ${"too early"} (call $done)) (i32.const 0))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
      (drop (call $set_effective_context (i32.const 1))) (call $report ${"done"} (call $done)) (i32.const 0))
    (func (export "proxy_on_delete") (param i32) (call $report ${"delete"} (local.get 0)))`);
  const open = filter.stream();
  await filter.reconfigure("new");
  open.requestHeaders();
  expect(messages(filter.logs)).toEqual(expect.arrayContaining(["done=0", "delete=1"]));
});
