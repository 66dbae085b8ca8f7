import { expect, test } from "vitest";
import { guest } from "../../test/guest.ts";
import { messages } from "../../test/logs.ts";
import { load } from "../testing/index.ts";

test("shared data is written unless somebody wrote it since it was read", async () => {
  const filter = await load(guest`
    (func $get (result i32)
      (call $report ${"get"} (call $get_shared_data ${"key"} (i32.const 16) (i32.const 20) (i32.const 24)))
      (call $show ${"value"}) (i32.load (i32.const 24)))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (local $cas i32)
      (drop (call $get))
      (call $report ${"new with any cas"} (call $set_shared_data ${"key"} ${"a"} (i32.const 77)))
      (local.set $cas (call $get))
      (call $report ${"without cas"} (call $set_shared_data ${"key"} ${"b"} (i32.const 0)))
      (call $report ${"with the old cas"} (call $set_shared_data ${"key"} ${"c"} (local.get $cas)))
      (local.set $cas (call $get))
      (call $report ${"with its cas"} (call $set_shared_data ${"key"} ${"d"} (local.get $cas)))
      (i32.const 0))`);
  const { logs } = await filter.request();
  expect(messages(logs)).toEqual([
    ...["get=1", "value:", "new with any cas=0", "get=0", "value:a", "without cas=0", "with the old cas=8"],
    ...["get=0", "value:b", "with its cas=0"],
  ]);
  expect(new TextDecoder().decode(filter.sharedData.get("", "key")?.value)).toBe("d");
});

test("a queue tells its owner after the callback that added to it", async () => {
  const filter = await load(guest`
    (func (export "proxy_on_configure") (param i32 i32) (result i32)
      (call $report ${"resolve"} (call $resolve_shared_queue ${""} ${"work"} (i32.const 24)))
      (call $report ${"register"} (call $register_shared_queue ${"work"} (i32.const 24)))
      (call $report ${"id"} (i32.load (i32.const 24)))
      (call $report ${"resolve"} (call $resolve_shared_queue ${""} ${"work"} (i32.const 24)))
      (i32.const 1))
    (func (export "proxy_on_queue_ready") (param i32 i32)
      (call $report ${"ready"} (local.get 1))
      (call $report ${"dequeue"} (call $dequeue_shared_queue (i32.const 1) (i32.const 16) (i32.const 20)))
      (call $show ${"item"})
      (call $report ${"dequeue"} (call $dequeue_shared_queue (i32.const 1) (i32.const 16) (i32.const 20)))
      (call $report ${"no queue"} (call $dequeue_shared_queue (i32.const 2) (i32.const 16) (i32.const 20))))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
      (call $report ${"enqueue"} (call $enqueue_shared_queue (i32.const 1) ${"job"}))
      (call $say ${"request goes on"}) (i32.const 0))`);
  await filter.request();
  expect(messages(filter.logs)).toEqual([
    ...["resolve=1", "register=0", "id=1", "resolve=0"],
    ...["enqueue=0", "request goes on"],
    ...["ready=1", "dequeue=0", "item:job", "dequeue=7", "no queue=1"],
  ]);
});
