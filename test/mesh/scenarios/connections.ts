import { guest } from "../../../host/test/guest.ts";
import type { Subject } from "./subject.ts";

/** Reports every callback of a connection, and shows the data. */
const showing = guest`
  (func (export "proxy_on_context_create") (param i32 i32) (if (local.get 1) (then (call $say ${"create"}))))
  (func (export "proxy_on_new_connection") (param i32) (result i32) (call $say ${"new"}) (i32.const 0))
  (func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32)
    (call $report ${"downstream"} (local.get 1)) (call $report ${"end"} (local.get 2)) (call $body (i32.const 2)) (call $body (i32.const 3)) (i32.const 0))
  (func (export "proxy_on_upstream_data") (param i32 i32 i32) (result i32)
    (call $report ${"upstream"} (local.get 1)) (call $report ${"end"} (local.get 2)) (call $body (i32.const 2)) (call $body (i32.const 3)) (i32.const 0))
  (func (export "proxy_on_downstream_connection_close") (param i32 i32) (call $report ${"downstream closed by"} (local.get 1)) (call $body (i32.const 2)))
  (func (export "proxy_on_upstream_connection_close") (param i32 i32) (call $report ${"upstream closed by"} (local.get 1)))
  (func (export "proxy_on_done") (param i32) (result i32) (call $say ${"done"}) (i32.const 1))
  (func (export "proxy_on_log") (param i32) (call $say ${"log"}))
  (func (export "proxy_on_delete") (param i32) (call $say ${"delete"}))`;

/** Holds what the client sends until `go` is in it, and doubles what the upstream sends. */
const holding = guest`
  (func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32)
    (call $report ${"downstream"} (local.get 1)) (call $body (i32.const 2))
    (if (i32.lt_u (local.get 1) (i32.const 6)) (then (return (i32.const 1))))
    (call $report ${"set"} (call $set_buffer_bytes (i32.const 2) (i32.const 0) (i32.const 2) ${"HE"}))
    (call $report ${"append"} (call $set_buffer_bytes (i32.const 2) (i32.const 1000) (i32.const 0) ${"!"}))
    (call $report ${"within"} (call $set_buffer_bytes (i32.const 2) (i32.const 1) (i32.const 1) ${"!"}))
    (call $report ${"other"} (call $set_buffer_bytes (i32.const 3) (i32.const 0) (i32.const 1) ${"!"}))
    (i32.const 0))
  (func (export "proxy_on_upstream_data") (param i32 i32 i32) (result i32)
    (call $report ${"upstream"} (local.get 1)) (call $body (i32.const 3)) (call $body (i32.const 2))
    (if (i32.lt_u (local.get 1) (i32.const 4)) (then (return (i32.const 1))))
    (call $report ${"set"} (call $set_buffer_bytes (i32.const 3) (i32.const 0) (i32.const 0) ${"re:"}))
    (i32.const 0))
  (func (export "proxy_on_log") (param i32) (call $body (i32.const 2)) (call $body (i32.const 3)))`;

/** Holds each thing, and lets it go a tick later. */
const resuming = guest`
  (global $connection (mut i32) (i32.const 0))
  (func $tick (param $ms i32) (drop (call $set_tick_period_milliseconds (local.get $ms))))
  (func (export "proxy_on_new_connection") (param i32) (result i32)
    (global.set $connection (local.get 0)) (call $say ${"new"}) (call $tick (i32.const 150)) (i32.const 1))
  (func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32)
    (call $report ${"downstream"} (local.get 1)) (call $report ${"end"} (local.get 2)) (call $tick (i32.const 150)) (i32.const 1))
  (func (export "proxy_on_tick") (param i32)
    (call $tick (i32.const 0))
    (drop (call $set_effective_context (global.get $connection)))
    (call $body (i32.const 2))
    (call $report ${"continue upstream"} (call $continue_stream (i32.const 3)))
    (call $report ${"continue"} (call $continue_stream (i32.const 2))))`;

/** Closes the connection, by either of its names, when data of either side comes. */
const closing = (stream: "2" | "3"): Uint8Array =>
  guest(
    [
      `(func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32)
        (call $report `,
      ` (call $close_stream (i32.const ${stream}))) (i32.const 0))
      (func (export "proxy_on_upstream_data") (param i32 i32 i32) (result i32) (call $say `,
      `) (i32.const 0))
      (func (export "proxy_on_downstream_connection_close") (param i32 i32) (call $report `,
      ` (local.get 1)))
      (func (export "proxy_on_upstream_connection_close") (param i32 i32) (call $report `,
      ` (local.get 1)))
      (func (export "proxy_on_done") (param i32) (result i32) (call $say `,
      `) (i32.const 1))
      (func (export "proxy_on_log") (param i32) (call $say `,
      "))",
    ],
    "close",
    "upstream",
    "downstream closed by",
    "upstream closed by",
    "done",
    "log",
  );

const trapping = (where: string): Uint8Array =>
  guest([
    `(func (export "proxy_on_new_connection") (param i32) (result i32) ${where === "new" ? "unreachable" : ""} (i32.const 0))
     (func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32) ${where === "data" ? "unreachable" : ""} (i32.const 0))
     (func (export "proxy_on_log") (param i32) unreachable)`,
  ]);

/** Sets what decides to which cluster Envoy's TCP proxy connects: SetEnvoyFilterStateArguments { path: 1, value: 2, span: 3 }. */
const routing = guest`
  (func (export "proxy_on_new_connection") (param i32) (result i32)
    (call $report ${"state"} (call $call_foreign_function ${"set_envoy_filter_state"} ${"\n\x17envoy.tcp_proxy.cluster\x12\x05other\x18\x02"} (i32.const 16) (i32.const 20)))
    (call $report ${"unknown"} (call $call_foreign_function ${"set_envoy_filter_state"} ${"\n\x04nope\x12\x05other"} (i32.const 16) (i32.const 20)))
    (call $report ${"own"} (call $set_property ${"own"} ${"mine"}))
    (call $report ${"get"} (call $get_property ${"own"} (i32.const 16) (i32.const 20))) (call $show ${"own"})
    (call $report ${"get"} (call $get_property ${"filter_state\0envoy.tcp_proxy.cluster"} (i32.const 16) (i32.const 20))) (call $show ${"cluster"})
    (i32.const 0))`;

export const connections: Subject = {
  title: "a TCP connection",
  scenarios: [
    {
      name: "is seen from its beginning to the client's end",
      kind: "tcp",
      wasm: showing,
      steps: [
        { by: "client", send: "hello" },
        { by: "upstream", send: "well, hello" },
        { by: "client", send: "again" },
      ],
    },
    {
      name: "is half closed by the client, then by the upstream",
      kind: "tcp",
      wasm: showing,
      steps: [
        { by: "client", send: "ask" },
        { by: "client", do: "end" },
        { by: "upstream", send: "answer" },
        { by: "upstream", do: "end" },
      ],
    },
    {
      name: "is half closed by the upstream, then by the client",
      kind: "tcp",
      wasm: showing,
      steps: [
        { by: "upstream", send: "greeting" },
        { by: "upstream", do: "end" },
        { by: "client", send: "late" },
        { by: "client", do: "end" },
      ],
    },
    {
      name: "is broken by the upstream",
      kind: "tcp",
      wasm: showing,
      steps: [
        { by: "client", send: "x" },
        { by: "upstream", do: "close" },
      ],
    },
    {
      name: "is broken by the client",
      kind: "tcp",
      wasm: showing,
      steps: [
        { by: "client", send: "x" },
        { by: "client", do: "close" },
      ],
    },
    {
      name: "has its data held, shown with what follows, and changed",
      kind: "tcp",
      wasm: holding,
      steps: [
        { by: "client", send: "hel" },
        { by: "client", send: "lo you" },
        { by: "upstream", send: "ab" },
        { by: "upstream", send: "cd" },
        { by: "upstream", send: "e" },
      ],
    },
    {
      name: "is held, and goes on when the filter says so",
      kind: "tcp",
      wasm: resuming,
      steps: [
        { by: "client", send: "early" },
        { wait: 300 },
        { by: "client", send: "more" },
        { wait: 300 },
        { by: "client", do: "end" },
        { wait: 300 },
        { by: "upstream", send: "answer" },
      ],
    },
    {
      name: "is closed by the filter as its downstream",
      kind: "tcp",
      wasm: closing("2"),
      steps: [{ by: "client", send: "x" }],
    },
    {
      name: "is closed by the filter as its upstream",
      kind: "tcp",
      wasm: closing("3"),
      steps: [{ by: "client", send: "x" }],
    },
    {
      name: "is led to another cluster",
      kind: "tcp",
      wasm: routing,
      steps: [{ by: "client", send: "x" }],
      clusters: { other: {} },
    },
    {
      name: "is closed where the filter traps at its beginning",
      kind: "tcp",
      traps: true,
      wasm: trapping("new"),
      steps: [{ by: "client", send: "x" }],
    },
    {
      name: "is closed where the filter traps at its data",
      kind: "tcp",
      traps: true,
      wasm: trapping("data"),
      steps: [{ by: "client", send: "x" }],
    },
    {
      name: "passes where the filter traps and is open then",
      kind: "tcp",
      traps: true,
      failurePolicy: "FailOpen",
      wasm: trapping("data"),
      steps: [
        { by: "client", send: "x" },
        { by: "upstream", send: "y" },
      ],
    },
  ],
};
