import { describe, expect, test } from "vitest";
import { guest } from "../../test/guest.ts";
import { load } from "./index.ts";

describe("a request through a filter", () => {
  test("reaches the upstream and comes back with what the filter added", async () => {
    const filter = await load(guest`
      (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (drop (call $add_header_map_value (i32.const 0) ${"x-seen"} ${"yes"})) (i32.const 0))
      (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
        (drop (call $replace_header_map_value (i32.const 2) ${"X-Hello"} ${"wörld"})) (i32.const 0))`);
    const reply = await filter.request({ path: "/a?b=c", headers: { accept: "text/html" } });
    expect(reply.status).toBe(200);
    expect(reply.headers.get("x-hello")).toBe("wörld");
    expect(reply.upstream).toMatchObject({ method: "GET", path: "/a?b=c", authority: "example.com", complete: true });
    expect(reply.upstream?.headers.entries()).toEqual([
      ["accept", "text/html"],
      ["x-seen", "yes"],
    ]);
    filter.close();
  });
});
