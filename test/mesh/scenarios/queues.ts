import { guest } from "../../../host/test/guest.ts";
import type { Subject } from "./subject.ts";

/** Owns the queue `q`, and shows what comes in it. */
const receiver = guest`
  (func (export "proxy_on_configure") (param i32 i32) (result i32)
    (call $report ${"register"} (call $register_shared_queue ${"q"} (i32.const 24)))
    (i32.const 1))
  (func (export "proxy_on_queue_ready") (param i32 i32) (local $status i32)
    (call $report ${"ready on the root"} (i32.eq (local.get 0) (i32.const 1)))
    (call $report ${"the same queue"} (i32.eq (local.get 1) (i32.load (i32.const 24))))
    (loop $more
      (local.set $status (call $dequeue_shared_queue (local.get 1) (i32.const 16) (i32.const 20)))
      (call $report ${"dequeue"} (local.get $status))
      (if (i32.eqz (local.get $status)) (then (call $show ${"item"}) (br $more)))))`;

/** Puts the path of each request into the queue of another VM, twice where there is a header `x-twice`. */
const sender = (owner: string): Uint8Array => guest`
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (call $report ${"resolve"} (call $resolve_shared_queue ${owner} ${"q"} (i32.const 24)))
    (call $report ${"resolve my own"} (call $resolve_shared_queue ${""} ${"q"} (i32.const 28)))
    (call $report ${"resolve another"} (call $resolve_shared_queue ${owner} ${"r"} (i32.const 28)))
    (drop (call $get_header_map_value (i32.const 0) ${":path"} (i32.const 16) (i32.const 20)))
    (call $report ${"enqueue"} (call $enqueue_shared_queue (i32.load (i32.const 24)) (i32.load (i32.const 16)) (i32.load (i32.const 20))))
    (if (i32.eqz (call $get_header_map_value (i32.const 0) ${"x-twice"} (i32.const 32) (i32.const 36))) (then
      (call $report ${"again"} (call $enqueue_shared_queue (i32.load (i32.const 24)) (i32.load (i32.const 16)) (i32.load (i32.const 20))))))
    (call $say ${"sent"})
    (i32.const 0))`;

/** Registers in a stream, and sends to itself. */
const itself = guest`
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (call $report ${"register"} (call $register_shared_queue ${"own"} (i32.const 24)))
    (call $report ${"again"} (call $register_shared_queue ${"own"} (i32.const 28)))
    (call $report ${"the same"} (i32.eq (i32.load (i32.const 24)) (i32.load (i32.const 28))))
    (call $report ${"empty"} (call $dequeue_shared_queue (i32.load (i32.const 24)) (i32.const 16) (i32.const 20)))
    (call $report ${"nothing"} (call $enqueue_shared_queue (i32.load (i32.const 24)) ${""}))
    (call $report ${"dequeue"} (call $dequeue_shared_queue (i32.load (i32.const 24)) (i32.const 16) (i32.const 20)))
    (call $show ${"item"})
    (i32.const 0))
  (func (export "proxy_on_queue_ready") (param i32 i32) (call $report ${"ready on"} (local.get 0)))
  (func (export "proxy_on_log") (param i32) (call $say ${"log"}))`;

/** Counts requests in shared data and in a metric. */
const counting = guest`
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (call $report ${"before"} (call $get_shared_data ${"k"} (i32.const 16) (i32.const 20) (i32.const 24)))
    (call $show ${"value"})
    (drop (call $get_header_map_value (i32.const 0) ${":path"} (i32.const 16) (i32.const 20)))
    (call $report ${"set"} (call $set_shared_data ${"k"} (i32.load (i32.const 16)) (i32.load (i32.const 20)) (i32.const 0)))
    (drop (call $define_metric (i32.const 0) ${"scenario_shared_count"} (i32.const 24)))
    (drop (call $increment_metric (i32.load (i32.const 24)) (i64.const 1)))
    (drop (call $get_metric (i32.load (i32.const 24)) (i32.const 32))) (call $report ${"count"} (i32.load (i32.const 32)))
    (i32.const 0))`;

/** A root tells its own name and configuration, also where it shares its VM. */
const naming = guest`
  (func (export "proxy_on_configure") (param i32 i32) (result i32) (call $body (i32.const 7)) (i32.const 1))
  (func (export "proxy_on_context_create") (param i32 i32)
    (if (local.get 1) (then (call $report ${"create"} (local.get 0)) (call $report ${"of"} (local.get 1)))))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (drop (call $get_property ${"plugin_root_id"} (i32.const 16) (i32.const 20))) (call $show ${"root"})
    (i32.const 0))`;

export const queues: Subject = {
  title: "filters in one proxy",
  scenarios: [
    {
      name: "pass items from VM to VM, and the owner of the queue is told",
      wasm: sender("queue-owner"),
      others: [{ wasm: receiver, vmID: "queue-owner" }],
      steps: [{ path: "/a" }, { path: "/b", headers: { "x-twice": "" } }, { wait: 100 }],
    },
    { name: "pass items to themselves, and are told on their root", wasm: itself, steps: [{}, {}, { wait: 100 }] },
    {
      name: "share data with the VMs of their id, and metrics with all",
      wasm: counting,
      vmID: "sharing",
      others: [
        { wasm: counting, vmID: "sharing", vmConfig: "a VM of its own" },
        { wasm: counting, vmID: "not-sharing" },
      ],
      steps: [{ path: "/a" }, { path: "/b", to: 1 }, { path: "/c", to: 2 }, { path: "/d" }, { path: "/e", to: 2 }],
    },
    {
      name: "share a VM, each with a root of its own",
      wasm: naming,
      vmID: "shared-vm",
      rootID: "first",
      config: "one",
      others: [{ wasm: naming, vmID: "shared-vm", rootID: "second", config: "two" }],
      steps: [{}, { to: 1 }],
    },
  ],
};
