import { guest } from "../../../host/test/guest.ts";
import type { Subject } from "./subject.ts";

/** Calls a cluster with the request's own headers, and holds the request. */
const calling = (cluster: string, onResponse: readonly string[], ...texts: readonly string[]): Uint8Array =>
  guest(
    [
      `(global $stream (mut i32) (i32.const 0))
      (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (global.set $stream (local.get 0))
        (drop (call $get_header_map_pairs (i32.const 0) (i32.const 16) (i32.const 20)))
        (call $report `,
      " (call $http_call ",
      " (i32.load (i32.const 16)) (i32.load (i32.const 20)) ",
      " ",
      ` (i32.const 300) (i32.const 24))) (i32.const 1))
      (func (export "proxy_on_log") (param i32) (call $say `,
      `))
      (func (export "proxy_on_http_call_response") (param i32 i32 i32 i32 i32) ${onResponse[0]}`,
      ...onResponse.slice(1, -1),
      `${onResponse.at(-1)})`,
    ],
    ...["call", cluster, "abc", "", "log", ...texts],
  );

/** A template and its texts. */
const split = (parts: readonly string[], ...texts: string[]): [readonly string[], ...string[]] => [parts, ...texts];

const showing = split`
  (call $report ${"has headers"} (i32.ne (local.get 2) (i32.const 0))) (call $report ${"body"} (local.get 3)) (call $report ${"trailers"} (local.get 4))
  (call $report ${"is stream"} (i32.eq (local.get 0) (global.get $stream)))
  (call $header (i32.const 6) ${":status"}) (call $header (i32.const 6) ${"x-r"}) (call $body (i32.const 4))
  (call $header (i32.const 0) ${":path"})
  (call $report ${"get_status"} (call $get_status (i32.const 24) (i32.const 16) (i32.const 20)))
  (call $report ${"code"} (i32.load (i32.const 24)))
  (call $report ${"effective"} (call $set_effective_context (global.get $stream)))
  (call $header (i32.const 6) ${":status"}) (call $header (i32.const 0) ${":path"})
  (call $report ${"continue"} (call $continue_stream (i32.const 0)))`;

const denying = split`
  (drop (call $set_effective_context (global.get $stream)))
  (call $report ${"send"} (call $send_local_response (i32.const 403) ${"x"} ${"denied"} ${""} (i32.const -1)))`;

export const calls: Subject = {
  title: "an HTTP call",
  scenarios: [
    {
      name: "is answered on the root, which resumes the stream",
      wasm: calling("friendly", ...showing),
      steps: [{ path: "/p", body: "hello" }],
      clusters: { friendly: { headers: { "x-r": "r" }, body: "the answer" } },
    },
    {
      name: "is answered, and the filter denies the request",
      wasm: calling("unfriendly", ...denying),
      steps: [{ path: "/p", body: "hello" }],
      clusters: { unfriendly: { status: 401, headers: { "content-length": "0" } } },
    },
    {
      name: "is broken off before there is an answer",
      wasm: calling("resetting", ...showing),
      steps: [{ path: "/p" }],
      clusters: { resetting: "reset" },
    },
    {
      name: "is broken off in the middle of the answer",
      wasm: calling("incomplete", ...showing),
      steps: [{ path: "/p" }],
      clusters: { incomplete: "incomplete" },
    },
    {
      name: "takes too long",
      wasm: calling("slow", ...showing),
      steps: [{ path: "/p" }],
      clusters: { slow: { delay: 600, headers: { "content-length": "0" } } },
    },
    {
      name: "has trailers",
      wasm: calling("trailing", ...showing),
      steps: [{ path: "/p" }],
      clusters: { trailing: { body: ["x"], trailers: { "x-t": "1", "x-u": "2" } } },
    },
    {
      name: "is refused without a cluster, or without a path",
      wasm: guest`(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (drop (call $get_header_map_pairs (i32.const 0) (i32.const 16) (i32.const 20)))
        (call $report ${"no cluster"} (call $http_call ${"none"} (i32.load (i32.const 16)) (i32.load (i32.const 20)) ${""} ${""} (i32.const 10) (i32.const 24)))
        (call $report ${"no path"} (call $http_call ${"there"} ${""} ${""} ${""} (i32.const 10) (i32.const 24)))
        (i32.const 0))`,
      steps: [{}],
      clusters: { there: {} },
    },
    {
      name: "is answered by what the service makes of the request",
      wasm: calling("thinking", ...showing),
      steps: [{ path: "/one" }, { path: "/two", headers: { "x-a": "a" } }],
      clusters: {
        thinking: ({ method, path, headers, text }) => ({
          status: 202,
          headers: { "x-r": `${headers.get("x-a")}` },
          body: `${method} ${path} ${text()}`,
        }),
      },
    },
  ],
};
