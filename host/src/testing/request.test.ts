import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { guest } from "../../test/guest.ts";
import { messages } from "../../test/logs.ts";
import { load } from "./index.ts";

const greeting = guest`
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (drop (call $add_header_map_value (i32.const 0) ${"x-seen"} ${"yes"})) (i32.const 0))
  (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
    (drop (call $replace_header_map_value (i32.const 2) ${"X-Hello"} ${"wörld"})) (i32.const 0))
  (func (export "proxy_on_log") (param i32) (call $say ${"logged"}))`;

describe("a request through a filter", () => {
  test("reaches the upstream and comes back with what the filter added", async () => {
    const filter = await load(greeting);
    const reply = await filter.request({ path: "/a?b=c", headers: { accept: "text/html" } });
    expect(reply.status).toBe(200);
    expect(reply.headers.get("x-hello")).toBe("wörld");
    expect(reply.headers.get("x-none")).toBeUndefined();
    expect(reply.upstream).toMatchObject({ method: "GET", path: "/a?b=c", authority: "example.com", complete: true });
    expect(reply.upstream?.headers.entries()).toEqual([
      ["accept", "text/html"],
      ["x-seen", "yes"],
    ]);
  });

  test("is answered by what the upstream makes of it", async () => {
    const filter = await load(greeting, {
      upstream: async (request) => ({
        status: 201,
        headers: { "set-cookie": ["a=1", "b=2"] },
        body: request.text().toUpperCase(),
      }),
    });
    const reply = await filter.request({ body: "shout" });
    expect(reply.status).toBe(201);
    expect(reply.upstream).toMatchObject({ method: "POST" });
    expect(reply.headers.getAll("set-cookie")).toEqual(["a=1", "b=2"]);
    expect(reply.headers.get("content-length")).toBe("5");
    expect(reply.text()).toBe("SHOUT");
  });

  test("fails with what the upstream's script throws", async () => {
    const filter = await load(greeting, {
      upstream: () => {
        throw new Error("not what was expected");
      },
    });
    await expect(filter.request()).rejects.toThrow("not what was expected");
  });

  test("has logs of its own, also beside others", async () => {
    const filter = await load(greeting);
    const replies = await Promise.all([filter.request(), filter.request()]);
    expect(replies.map(({ logs }) => messages(logs))).toEqual([["logged"], ["logged"]]);
    expect(filter.logs).toHaveLength(2);
  });
});

test("a stream can be driven callback by callback", async () => {
  const filter = await load(guest`
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (i32.const 0))
    (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32) (i32.eqz (local.get 2)))
    (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
      (drop (call $send_local_response (i32.const 500) ${"x"} ${"no"} ${""} (i32.const -1))) (i32.const 0))`);
  const stream = filter.stream();
  expect(stream.requestHeaders({ path: "/upload", method: "POST" })).toBe("Continue");
  expect(stream.request).toMatchObject({ path: "/upload", complete: false });
  expect(stream.requestBody("part")).toBe("Pause");
  expect(stream.request?.text()).toBe("");
  expect(stream.requestBody("s", { endOfStream: true })).toBe("Continue");
  expect(stream.request?.text()).toBe("parts");
  expect(stream.response).toBeUndefined();
  expect(stream.responseHeaders({ status: 200 })).toBe("Pause");
  expect(stream.response).toMatchObject({ status: 500 });
});

test("a client that goes away ends the stream", async () => {
  const filter = await load(greeting);
  const stream = filter.stream();
  stream.requestHeaders();
  stream.close();
  expect(messages(filter.logs)).toEqual(["logged"]);
  expect(stream.response).toMatchObject({ status: 0, reset: true });
});

test("time passes only where a test lets it, and ticks come at their moments", async () => {
  const filter = await load(
    guest`
    (func (export "proxy_on_configure") (param i32 i32) (result i32)
      (drop (call $set_tick_period_milliseconds (i32.const 100))) (i32.const 1))
    (func (export "proxy_on_tick") (param i32)
      (drop (call $get_current_time_nanoseconds (i32.const 24)))
      (call $report ${"ms"} (i32.wrap_i64 (i64.div_u (i64.load (i32.const 24)) (i64.const 1000000)))))`,
    { now: new Date(0) },
  );
  await filter.advance(350);
  expect(messages(filter.logs)).toEqual(["ms=100", "ms=200", "ms=300"]);
});

test("a file is loaded, with the first root that the artifact beside it names", async () => {
  const folder = await mkdtemp(join(tmpdir(), "asmfilter-"));
  try {
    const path = join(folder, "some.wasm");
    await expect(load(path)).rejects.toMatchObject({ code: "ASMF_MODULE_UNREADABLE" });
    await writeFile(
      path,
      guest`
      (func (export "proxy_on_configure") (param i32 i32) (result i32)
        (drop (call $get_property ${"plugin_root_id"} (i32.const 16) (i32.const 20))) (call $show ${"root"}) (i32.const 1))`,
    );
    expect(messages((await load(path)).logs)).toEqual(["root:"]);
    await writeFile(join(folder, "some.json"), JSON.stringify({ rootIDs: ["first", "second"] }));
    expect(messages((await load(path)).logs)).toEqual(["root:first"]);
    expect(messages((await load(path, { rootID: "second" })).logs)).toEqual(["root:second"]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a comparison of objects sees the headers", async () => {
  const { headers } = await (await load(greeting)).request();
  expect(headers).not.toEqual({});
  expect(headers).toMatchObject({ pairs: [["x-hello", "wörld"]] });
});
