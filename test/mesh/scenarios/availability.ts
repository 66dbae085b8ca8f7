import { guest } from "../../../host/test/guest.ts";
import { withAnswers } from "../same-answer/accidents.ts";
import type { Subject } from "./subject.ts";

const everywhere = guest`
  (func $map (param i32)
    (call $report ${"map"} (local.get 0))
    (call $header (local.get 0) ${"x-a"})
    (i32.store (i32.const 16) (i32.const 0))
    (call $report ${"pairs"} (call $get_header_map_pairs (local.get 0) (i32.const 16) (i32.const 20)))
    (call $report ${"some"} (i32.ne (i32.const 0) (i32.load (i32.const 16))))
    (call $report ${"add"} (call $add_header_map_value (local.get 0) ${"x-b"} ${"2"}))
    (call $report ${"size"} (call $get_header_map_size (local.get 0) (i32.const 16))))
  (func $maps
    (call $map (i32.const 0)) (call $map (i32.const 1)) (call $map (i32.const 2)) (call $map (i32.const 3))
    (call $map (i32.const 4)) (call $map (i32.const 6)) (call $map (i32.const 7)) (call $map (i32.const 8)))
  (func $buffer (param i32)
    (i32.store (i32.const 20) (i32.const 77))
    (call $report ${"buffer"} (local.get 0))
    (call $report ${"get"} (call $get_buffer_bytes (local.get 0) (i32.const 0) (i32.const 100) (i32.const 16) (i32.const 20)))
    (call $report ${"length"} (i32.load (i32.const 20)))
    (call $report ${"status"} (call $get_buffer_status (local.get 0) (i32.const 16) (i32.const 20)))
    (call $report ${"set"} (call $set_buffer_bytes (local.get 0) (i32.const 0) (i32.const 0) ${""})))
  (func $buffers
    (call $buffer (i32.const 0)) (call $buffer (i32.const 1)) (call $buffer (i32.const 2)) (call $buffer (i32.const 4))
    (call $buffer (i32.const 5)) (call $buffer (i32.const 6)) (call $buffer (i32.const 7)) (call $buffer (i32.const 8))
    (call $buffer (i32.const 9)))
  (func (export "proxy_on_context_create") (param i32 i32)
    (if (local.get 1) (then (call $say ${"-- create"}) (call $maps) (call $buffers))))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (call $say ${"-- request headers"}) (call $maps) (call $buffers) (i32.const 0))
  (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
    (call $say ${"-- request body"}) (call $report ${"n"} (local.get 1)) (call $report ${"end"} (local.get 2))
    (call $maps) (if (local.get 2) (then (call $buffers))) (i32.const 0))
  (func (export "proxy_on_request_trailers") (param i32 i32) (result i32)
    (call $say ${"-- request trailers"}) (call $maps) (i32.const 0))
  (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
    (call $say ${"-- response headers"}) (call $maps) (call $buffers) (i32.const 0))
  (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
    (call $say ${"-- response body"}) (call $report ${"n"} (local.get 1)) (call $report ${"end"} (local.get 2))
    (if (i32.eqz (local.get 2)) (then (call $maps) (call $buffers))) (i32.const 0))
  (func (export "proxy_on_response_trailers") (param i32 i32) (result i32)
    (call $say ${"-- response trailers"}) (call $maps) (i32.const 0))
  (func (export "proxy_on_log") (param i32) (call $say ${"-- log"}) (call $maps) (call $buffers))
  (func (export "proxy_on_done") (param i32) (result i32) (call $say ${"-- done"}) (call $maps) (i32.const 0))
  (func (export "proxy_on_delete") (param i32) (call $say ${"-- delete"}) (call $maps))`;

export const availability: Subject = {
  title: "availability",
  scenarios: [
    {
      name: "of every map and buffer, in every callback of a stream with bodies",
      wasm: everywhere,
      steps: [{ headers: { "x-a": "1" }, body: "hello" }],
      upstream: { body: "world", headers: { "x-a": "2" } },
      accident: {
        reason: "Envoy's HTTP/1.1 codec drops trailers where there is a content-length",
        inEnvoy: (inHost) =>
          withAnswers(inHost, (answer) => ({ ...answer, upstream: { ...answer.upstream!, trailers: [] } })),
      },
    },
    {
      name: "of every map and buffer, in every callback of a stream with trailers",
      wasm: everywhere,
      steps: [{ headers: { "x-a": "1" }, body: ["hello"], trailers: { "x-a": "3" } }],
      upstream: { body: ["world"], headers: { "x-a": "2" }, trailers: { "x-a": "4" } },
    },
  ],
};
