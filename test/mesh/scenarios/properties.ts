import { guest } from "../../../host/test/guest.ts";
import type { Subject } from "./subject.ts";

/** Reads each property in each callback, and shows those that are text: neither too long nor 8 bytes, a number. */
function reading(...paths: readonly string[]): Uint8Array {
  const calls = paths.map((_, i) => `${i === 0 ? "" : ")"} (call $property `);
  const parts = [
    `(func $property (param i32 i32)
      (i32.store (i32.const 20) (i32.const 0))
      (call $report (local.get 0) (local.get 1)
        (call $get_property (local.get 0) (local.get 1) (i32.const 16) (i32.const 20)))
      (if (i32.and (i32.ne (i32.load (i32.const 20)) (i32.const 8)) (i32.lt_u (i32.sub (i32.load (i32.const 20)) (i32.const 1)) (i32.const 60)))
        (then (call $show (local.get 0) (local.get 1)))))
    (func $all ${calls[0]}`,
    ...calls.slice(1),
    `))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (call $all) (i32.const 0))
    (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32) (if (local.get 2) (then (call $all))) (i32.const 0))
    (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) (call $all) (i32.const 0))
    (func (export "proxy_on_log") (param i32) (call $all))
    (func (export "proxy_on_done") (param i32) (result i32) (call $all) (i32.const 0))`,
  ];
  return guest(parts, ...paths.map((path) => path.replaceAll(".", "\0")));
}

export const properties: Subject = {
  title: "properties",
  filters: `
    import { Action, filter, Headers, HttpFilter, log, properties } from "@asmfilter/sdk";

    function text(path: string): string {
      const value = properties.getString(path);
      return value === null ? "(none)" : value!;
    }

    @filter("properties")
    class Properties extends HttpFilter {
      onRequestHeaders(headers: Headers, endOfStream: bool): Action {
        log.info([text("request.path"), text("request.query"), text("request.host"), text("request.method"),
          text("request.headers.x-a"), text("request.headers.x-missing"), text("nobody.knows"), text("plugin_root_id")].join(" "));
        log.info(properties.setString("own", "mine é").toString() + text("own"));
        const raw = properties.getBytes("request.size");
        log.info((raw === null ? "(none)" : raw.toString()) + " " + properties.getInteger("request.size", -1).toString());
        return Action.Continue;
      }
      onLog(): void {
        log.info(properties.getInteger("response.code", -1).toString() + " " + properties.getInteger("request.size", -1).toString()
          + " " + properties.getInteger("response.size", -1).toString() + " " + text("own"));
      }
    }
  `,
  scenarios: [
    {
      name: "of request and response are read by the SDK, and its own set",
      rootID: "properties",
      steps: [{ path: "/p/q?a=b", headers: { "x-a": "1" }, body: "hello" }],
      upstream: { body: "the body" },
    },
    {
      name: "of the request are there from its headers to the end",
      wasm: reading(
        ..."request.path request.url_path request.query request.host request.method request.scheme request.protocol".split(
          " ",
        ),
        ..."request.headers.x-a request.headers.X-A request.headers.nope request.nope request.size request.referer".split(
          " ",
        ),
      ),
      steps: [{ path: "/p/q?a=b", headers: { "x-a": "1", referer: "here" }, body: "hello" }],
    },
    {
      name: "of the response are there from its headers to the end",
      wasm: reading("response.code", "response.code_details", "response.headers.x-r", "response.size", "response.nope"),
      steps: [{ body: "hello" }],
      upstream: { headers: { "x-r": "r" }, body: "the body" },
    },
    {
      name: "that are nowhere are NotFound",
      wasm: reading("nope", "", "request.path.", "request..path", "mine", "mine.sub"),
      steps: [{ body: "hello" }],
    },
    {
      name: "of metadata are found by the filter that they are for",
      wasm: reading(
        ..."metadata.filter_metadata.my/filter.a metadata.filter_metadata.my/filter.b metadata.filter_metadata.nope".split(
          " ",
        ),
        ..."xds.route_metadata.filter_metadata.my/filter.auth xds.route_metadata.filter_metadata.my/filter.nope".split(
          " ",
        ),
      ),
      metadata: { request: { "my/filter": { a: "of a" } }, route: { "my/filter": { auth: "basic" } } },
      steps: [{}],
    },
  ],
};
