import { guest } from "../../../host/test/guest.ts";
import type { Subject } from "./subject.ts";

export const shared: Subject = {
  title: "metrics and shared data",
  scenarios: [
    {
      name: "count, refuse what does not fit, and keep their type in the id",
      wasm: guest`(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (call $report ${"define counter"} (call $define_metric (i32.const 0) ${"c1"} (i32.const 24))) (call $report ${"id"} (i32.load (i32.const 24)))
        (call $report ${"by 0"} (call $increment_metric (i32.load (i32.const 24)) (i64.const 0)))
        (call $report ${"by -1"} (call $increment_metric (i32.load (i32.const 24)) (i64.const -1)))
        (call $report ${"by 5"} (call $increment_metric (i32.load (i32.const 24)) (i64.const 5)))
        (call $report ${"record 3"} (call $record_metric (i32.load (i32.const 24)) (i64.const 3)))
        (call $report ${"get"} (call $get_metric (i32.load (i32.const 24)) (i32.const 32))) (call $report ${"value"} (i32.load (i32.const 32)))
        (call $report ${"define again"} (call $define_metric (i32.const 0) ${"c1"} (i32.const 24))) (call $report ${"id"} (i32.load (i32.const 24)))
        (call $report ${"get"} (call $get_metric (i32.load (i32.const 24)) (i32.const 32))) (call $report ${"value"} (i32.load (i32.const 32)))
        (call $report ${"define gauge"} (call $define_metric (i32.const 1) ${"g1"} (i32.const 24))) (call $report ${"id"} (i32.load (i32.const 24)))
        (call $report ${"by 7"} (call $increment_metric (i32.load (i32.const 24)) (i64.const 7)))
        (call $report ${"by -2"} (call $increment_metric (i32.load (i32.const 24)) (i64.const -2)))
        (call $report ${"get"} (call $get_metric (i32.load (i32.const 24)) (i32.const 32))) (call $report ${"value"} (i32.load (i32.const 32)))
        (call $report ${"define histogram"} (call $define_metric (i32.const 2) ${"h1"} (i32.const 24))) (call $report ${"id"} (i32.load (i32.const 24)))
        (call $report ${"increment"} (call $increment_metric (i32.load (i32.const 24)) (i64.const 7)))
        (call $report ${"record"} (call $record_metric (i32.load (i32.const 24)) (i64.const 7)))
        (call $report ${"get"} (call $get_metric (i32.load (i32.const 24)) (i32.const 32)))
        (call $report ${"define unknown"} (call $define_metric (i32.const 3) ${"c1"} (i32.const 24)))
        (call $report ${"unknown"} (call $increment_metric (i32.const 400) (i64.const 7)))
        (call $report ${"unknown"} (call $record_metric (i32.const 402) (i64.const 7)))
        (call $report ${"unknown"} (call $record_metric (i32.const 403) (i64.const 7)))
        (call $report ${"unknown"} (call $get_metric (i32.const 401) (i32.const 32)))
        (i32.const 0))`,
      steps: [{}],
    },
    {
      name: "are written unless somebody wrote them since they were read",
      wasm: guest`(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (call $report ${"missing"} (call $get_shared_data ${"k"} (i32.const 16) (i32.const 20) (i32.const 24)))
        (call $report ${"first"} (call $set_shared_data ${"k"} ${"v"} (i32.const 5)))
        (call $report ${"get"} (call $get_shared_data ${"k"} (i32.const 16) (i32.const 20) (i32.const 24)))
        (call $show ${"value"})
        (call $report ${"with its cas"} (call $set_shared_data ${"k"} ${"w"} (i32.load (i32.const 24))))
        (call $report ${"with the old cas"} (call $set_shared_data ${"k"} ${"x"} (i32.load (i32.const 24))))
        (call $report ${"without"} (call $set_shared_data ${"k"} ${"y"} (i32.const 0)))
        (call $report ${"get"} (call $get_shared_data ${"k"} (i32.const 16) (i32.const 20) (i32.const 24)))
        (call $show ${"value"})
        (call $report ${"no such queue"} (call $dequeue_shared_queue (i32.const 77) (i32.const 16) (i32.const 20)))
        (call $report ${"no such queue"} (call $enqueue_shared_queue (i32.const 77) ${"v"}))
        (call $report ${"nobody's queue"} (call $resolve_shared_queue ${"vm"} ${"q"} (i32.const 24)))
        (i32.const 0))`,
      steps: [{}, {}],
    },
    {
      name: "and what else the ABI answers with a status",
      wasm: guest`(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (call $report ${"no such function"} (call $call_foreign_function ${"nope"} ${""} (i32.const 16) (i32.const 20)))
        (call $report ${"clear_route_cache"} (call $call_foreign_function ${"clear_route_cache"} ${""} (i32.const 16) (i32.const 20)))
        (call $report ${"done"} (call $done))
        (call $report ${"no such context"} (call $set_effective_context (i32.const 9999)))
        (call $report ${"continue 4"} (call $continue_stream (i32.const 4)))
        (call $report ${"continue 3"} (call $continue_stream (i32.const 3)))
        (call $report ${"continue 2"} (call $continue_stream (i32.const 2)))
        (call $report ${"close 4"} (call $close_stream (i32.const 4)))
        (call $report ${"get_status"} (call $get_status (i32.const 24) (i32.const 16) (i32.const 20)))
        (call $report ${"code"} (i32.load (i32.const 24)))
        (i32.const 0))`,
      steps: [{}],
    },
  ],
};
