import { expect, test } from "vitest";
import { guest } from "../../test/guest.ts";
import { messages } from "../../test/logs.ts";
import { load } from "../testing/index.ts";

// What is expected of the streams' own properties was seen on Envoy 1.40.

function reading(callback: string, type: string, path: string): Uint8Array {
  return guest(
    [
      `(func (export "${callback}") ${type}
         (call $report `,
      " (call $get_property ",
      " (i32.const 16) (i32.const 20))) (call $show ",
      ")",
      ")",
    ]
      .slice(0, 3)
      .concat(type.includes("result") ? ") (i32.const 0))" : "))"),
    "status",
    path,
    "value",
  );
}

const headers = "(param i32 i32 i32) (result i32)";

test.each([
  ["request\0path", "proxy_on_request_headers", headers, "status=0", "value:/a?b=c"],
  ["request\0path\0", "proxy_on_request_headers", headers, "status=0", "value:/a?b=c"],
  ["request\0url_path", "proxy_on_request_headers", headers, "status=0", "value:/a"],
  ["request\0query", "proxy_on_request_headers", headers, "status=0", "value:b=c"],
  ["request\0protocol", "proxy_on_request_headers", headers, "status=0", "value:HTTP/1.1"],
  ["request\0headers\0X-A", "proxy_on_request_headers", headers, "status=0", "value:1"],
  ["request\0headers\0x-b", "proxy_on_request_headers", headers, "status=1", "value:"],
  ["response\0code", "proxy_on_request_headers", headers, "status=1", "value:"],
  // As the headers themselves, they are out of reach once they have gone on.
  ["request\0path", "proxy_on_response_headers", headers, "status=1", "value:"],
  ["request\0path", "proxy_on_log", "(param i32)", "status=0", "value:/a?b=c"],
  ["response\0code_details", "proxy_on_log", "(param i32)", "status=0", "value:via_upstream"],
  // Its bytes, which are no text: 200 as 8 of them.
  ["response\0code", "proxy_on_done", "(param i32) (result i32)", "status=0", "value:\xc8\0\0\0\0\0\0\0"],
  ["response\0headers\0:status", "proxy_on_done", "(param i32) (result i32)", "status=1", "value:"],
  ["plugin_root_id", "proxy_on_request_headers", headers, "status=0", "value:root"],
  ["", "proxy_on_request_headers", headers, "status=3", "value:"],
  ["nothing", "proxy_on_request_headers", headers, "status=1", "value:"],
  ["source\0address", "proxy_on_request_headers", headers, "status=0", "value:10.0.0.1:1234"],
  ["node\0id", "proxy_on_request_headers", headers, "status=0", "value:me"],
  ["node\0id\0more", "proxy_on_request_headers", headers, "status=1", "value:"],
  ["list\x001", "proxy_on_request_headers", headers, "status=0", "value:b"],
  ["metadata\0filter_metadata\0envoy.lb\0canary", "proxy_on_request_headers", headers, "status=0", "value:yes"],
  // As in Envoy, a dot within a name is no border.
  ["metadata\0filter_metadata\0envoy\0lb\0canary", "proxy_on_request_headers", headers, "status=1", "value:"],
])("%j in %s", async (path, callback, type, status, value) => {
  const filter = await load(reading(callback, type, path), {
    rootID: "root",
    properties: {
      "source.address": "10.0.0.1:1234",
      node: { id: "me" },
      list: ["a", "b"],
      "metadata.filter_metadata": { "envoy.lb": { canary: "yes" } },
    },
  });
  const reply = await filter.request({ path: "/a?b=c", headers: { "x-a": "1" } });
  expect(messages(reply.logs)).toEqual([status, value]);
});

test("what the guest sets it finds again, by the same name and not by a longer one", async () => {
  const filter = await load(guest`
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
      (call $report ${"set"} (call $set_property ${"mine"} ${"value"}))
      (call $report ${"set"} (call $set_property ${"mine\0sub"} ${"value"})) (i32.const 0))
    (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
      (call $report ${"get"} (call $get_property ${"mine"} (i32.const 16) (i32.const 20)))
      (call $show ${"mine"})
      (call $report ${"get"} (call $get_property ${"mine\0sub"} (i32.const 16) (i32.const 20))) (i32.const 0))
    (func (export "proxy_on_tick") (param i32)
      (call $report ${"without stream"} (call $set_property ${"mine"} ${"value"})))
    (func (export "proxy_on_configure") (param i32 i32) (result i32)
      (drop (call $set_tick_period_milliseconds (i32.const 10))) (i32.const 1))`);
  const reply = await filter.request();
  expect(messages(reply.logs)).toEqual(["set=0", "set=0", "get=0", "mine:value", "get=1"]);
  await filter.advance(10);
  expect(messages(filter.logs).at(-1)).toBe("without stream=1");
});
