import { describe, expect, test } from "vitest";
import { assemble, guest } from "../test/guest.ts";
import { messages } from "../test/logs.ts";
import { load } from "./testing/index.ts";

describe("what does not fit the proxy is refused by name", () => {
  const marker = '(func (export "proxy_abi_version_0_2_1"))';
  const memory = '(memory (export "memory") 1)';
  const malloc = '(func (export "malloc") (param i32) (result i32) (i32.const 0))';

  test.each([
    [
      "an import of nobody's",
      `(module (import "env" "abort" (func (param i32 i32 i32 i32))) ${marker} ${memory} ${malloc})`,
      "env.abort",
    ],
    [
      "an import with other parameters",
      `(module (import "env" "proxy_log" (func (param i32) (result i32))) ${marker} ${memory} ${malloc})`,
      "env.proxy_log as (i32)->i32",
    ],
    [
      "an import of the first ABI alone",
      `(module (import "env" "proxy_clear_route_cache" (func (result i32))) ${marker} ${memory} ${malloc})`,
      "env.proxy_clear_route_cache",
    ],
    ["a global", `(module (import "env" "base" (global i32)) ${marker} ${memory} ${malloc})`, "env.base"],
    ["no allocator", `(module ${marker} ${memory})`, "malloc"],
    ["no memory", `(module ${marker} ${malloc})`, "memory"],
    [
      "a callback with other parameters",
      `(module ${marker} ${memory} ${malloc} (func (export "proxy_on_log") (param i32 i32)))`,
      "proxy_on_log is (i32,i32)->()",
    ],
  ])("%s", async (_, wat, part) => {
    await expect(load(assemble(wat))).rejects.toMatchObject({
      code: "ASMF_MODULE_LINK",
      message: expect.stringContaining(part),
    });
  });

  test("ABI 0.2.0 has no get_log_level, 0.1.0 has functions and a headers callback of its own", async () => {
    const level = '(import "env" "proxy_get_log_level" (func (param i32) (result i32)))';
    const older = '(func (export "proxy_abi_version_0_2_0"))';
    await expect(load(assemble(`(module ${level} ${older} ${memory} ${malloc})`))).rejects.toThrow("get_log_level");
    const first = assemble(`(module
      (import "env" "proxy_get_configuration" (func (param i32 i32) (result i32)))
      (import "env" "proxy_replace_header_map_value" (func $set (param i32 i32 i32 i32 i32) (result i32)))
      (func (export "proxy_abi_version_0_1_0")) ${memory} ${malloc} (data (i32.const 8) "x-first")
      (func (export "proxy_on_request_headers") (param i32 i32) (result i32)
        (call $set (i32.const 0) (i32.const 8) (i32.const 7) (i32.const 10) (i32.const 5))))`);
    const reply = await (await load(first)).request();
    expect(reply.upstream?.headers.get("x-first")).toBe("first");
  });
});

describe("while it starts", () => {
  test("a module may log, and main comes after _initialize", async () => {
    const filter = await load(guest`
      (func (export "main") (param i32 i32) (result i32) (call $say ${"main"}) (i32.const 0))
      (func (export "_initialize") (call $say ${"initialize"}))
      (func (export "_start") (call $say ${"never"}))
      (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (call $say ${"vm start"}) (i32.const 1))`);
    expect(messages(filter.logs)).toEqual(["initialize", "main", "vm start"]);
  });

  test("anything else traps", async () => {
    const module = guest`
      (func (export "_start") (drop (call $get_property ${"node"} (i32.const 16) (i32.const 20))))`;
    await expect(load(module)).rejects.toMatchObject({
      code: "ASMF_FILTER_START_FAILED",
      message: expect.stringContaining("restricted_callback: env.proxy_get_property"),
    });
  });

  test("onVMStart may refuse", async () => {
    const module = guest`
      (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (call $say ${"no licence"}) (i32.const 0))`;
    await expect(load(module)).rejects.toMatchObject({
      code: "ASMF_FILTER_START_FAILED",
      message: expect.stringContaining("no licence"),
    });
  });
});

describe("a trap", () => {
  const trapping = (callback: string, type: string) =>
    guest(
      [
        `(func (export "${callback}") ${type} unreachable)
       (func (export "proxy_on_delete") (param i32) (call $say `,
        "))",
      ],
      "deleted",
    );
  const action = "(param i32 i32 i32) (result i32)";

  test.each([
    ["proxy_on_context_create", "(param i32 i32) (if (i32.eqz (local.get 1)) (then (return)))", 503, false],
    ["proxy_on_request_headers", action, 503, false],
    ["proxy_on_request_body", action, 503, false],
    ["proxy_on_response_headers", action, 503, false],
    // The headers are on their way already.
    ["proxy_on_response_body", action, 200, true],
    ["proxy_on_log", "(param i32)", 200, false],
  ])("in %s fails this stream and every later one", async (callback, type, status, reset) => {
    const filter = await load(trapping(callback, type));
    const reply = await filter.request({ body: "hello", upstream: { body: "the body" } });
    expect(reply).toMatchObject({ status, reset });
    expect(messages(reply.logs)[0]).toBe(`Function: ${callback} failed: Uncaught RuntimeError: unreachable`);
    expect(messages(reply.logs)).not.toContain("deleted");
    expect(filter.healthy).toBe(false);
    expect(await filter.request()).toMatchObject({ status: 503, details: "wasm_fail_stream", upstream: undefined });
  });

  test("with FailOpen lets this stream and every later one pass without the filter", async () => {
    const filter = await load(trapping("proxy_on_request_headers", action), { failurePolicy: "FailOpen" });
    const upstream = { body: "the body" };
    expect((await filter.request({ body: "hello", upstream })).text()).toBe("the body");
    expect((await filter.request({ upstream })).text()).toBe("the body");
  });

  test("with FailReload is healed by a new VM, not more than once a second", async () => {
    const filter = await load(trapping("proxy_on_request_body", action), { failurePolicy: "FailReload" });
    await filter.request({ body: "trap" });
    expect((await filter.request()).status).toBe(503);
    await filter.advance(1000);
    expect((await filter.request()).status).toBe(200);
  });
});

test("logs below the level are dropped, which the guest can ask for first", async () => {
  const module = guest`
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
      (drop (call $get_log_level (i32.const 24)))
      (call $report ${"level"} (i32.load (i32.const 24)))
      (call $report ${"debug"} (call $log (i32.const 1) ${"at debug"}))
      (call $report ${"unknown"} (call $log (i32.const 6) ${"at six"}))
      (call $report ${"outside"} (call $log (i32.const 2) (i32.const -5) (i32.const 10)))
      (drop (call $log (i32.const 3) ${"at warn"}))
      (i32.const 0))`;
  const info = await (await load(module)).request();
  expect(messages(info.logs)).toEqual(["level=2", "debug=0", "unknown=2", "outside=6", "at warn"]);
  const warn = await (await load(module, { logLevel: "warn" })).request();
  expect(warn.logs).toEqual([expect.objectContaining({ level: "warn", message: "at warn", source: "guest" })]);
});
