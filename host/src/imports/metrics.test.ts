import { expect, test } from "vitest";
import { guest } from "../../test/guest.ts";
import { messages } from "../../test/logs.ts";
import { load } from "../testing/index.ts";

// What is expected here was seen on Envoy 1.40 with the same guest.
test("metrics keep their type in the id, and refuse what does not fit it", async () => {
  const filter = await load(guest`
    (func $value (param $id i32)
      (call $report ${"get"} (call $get_metric (local.get $id) (i32.const 32)))
      (call $report ${"value"} (i32.load (i32.const 32))))
    (func $define (param $type i32) (param $at i32) (param $n i32) (result i32)
      (call $report ${"define"} (call $define_metric (local.get $type) (local.get $at) (local.get $n) (i32.const 24)))
      (call $report ${"id"} (i32.load (i32.const 24)))
      (i32.load (i32.const 24)))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (local $id i32)
      (local.set $id (call $define (i32.const 0) ${"requests"}))
      (call $report ${"increment by 0"} (call $increment_metric (local.get $id) (i64.const 0)))
      (call $report ${"increment by -1"} (call $increment_metric (local.get $id) (i64.const -1)))
      (call $report ${"increment by 5"} (call $increment_metric (local.get $id) (i64.const 5)))
      (call $report ${"record 3"} (call $record_metric (local.get $id) (i64.const 3)))
      (call $value (call $define (i32.const 0) ${"requests"}))
      (local.set $id (call $define (i32.const 1) ${"open"}))
      (drop (call $increment_metric (local.get $id) (i64.const 7)))
      (drop (call $increment_metric (local.get $id) (i64.const -2)))
      (call $value (local.get $id))
      (local.set $id (call $define (i32.const 2) ${"latency"}))
      (call $report ${"increment"} (call $increment_metric (local.get $id) (i64.const 1)))
      (call $report ${"record"} (call $record_metric (local.get $id) (i64.const 42)))
      (call $report ${"get"} (call $get_metric (local.get $id) (i32.const 32)))
      (call $report ${"no type"} (call $define_metric (i32.const 3) ${"x"} (i32.const 24)))
      (call $report ${"no metric"} (call $increment_metric (i32.const 400) (i64.const 1)))
      (i32.const 0))`);
  const { logs } = await filter.request();
  expect(messages(logs)).toEqual([
    ...["define=0", "id=4", "increment by 0=2", "increment by -1=2", "increment by 5=0", "record 3=0"],
    ...["define=0", "id=8", "get=0", "value=8"],
    ...["define=0", "id=5", "get=0", "value=5"],
    ...["define=0", "id=6", "increment=2", "record=0", "get=2"],
    ...["no type=2", "no metric=1"],
  ]);
  expect(filter.metrics.get("requests")?.value).toBe(8n);
  expect(filter.metrics.get("latency")?.recorded).toEqual([42n]);
});
