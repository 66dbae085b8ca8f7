import { expect, test } from "vitest";
import { guest } from "../../test/guest.ts";
import { messages } from "../../test/logs.ts";
import { createProxy } from "./index.ts";

const receiver = guest`
  (func (export "proxy_on_configure") (param i32 i32) (result i32)
    (drop (call $register_shared_queue ${"q"} (i32.const 24))) (i32.const 1))
  (func (export "proxy_on_queue_ready") (param i32 i32)
    (drop (call $dequeue_shared_queue (local.get 1) (i32.const 16) (i32.const 20))) (call $show ${"item"}))`;

const sender = guest`
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (call $report ${"resolve"} (call $resolve_shared_queue ${"receiver"} ${"q"} (i32.const 24)))
    (call $report ${"send"} (call $enqueue_shared_queue (i32.load (i32.const 24)) ${"hello"}))
    (i32.const 0))`;

test("an item goes from one VM to the other, whose root is told", async () => {
  const proxy = createProxy();
  const from = await proxy.load(sender, { vmID: "sender" });
  const to = await proxy.load(receiver, { vmID: "receiver" });
  await from.request();
  await proxy.advance(0);
  expect([messages(from.logs), messages(to.logs)]).toEqual([["resolve=0", "send=0"], ["item:hello"]]);
});

const naming = guest`
  (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (call $report ${"start"} (local.get 0)) (i32.const 1))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (drop (call $get_property ${"plugin_root_id"} (i32.const 16) (i32.const 20))) (call $show ${"root"})
    (i32.const 0))`;

test("filters of one module and VM id share a VM, each with a root of its own", async () => {
  const proxy = createProxy();
  const first = await proxy.load(naming, { rootID: "first" });
  const second = await proxy.load(naming, { rootID: "second" });
  await first.request();
  await second.request();
  expect(messages(proxy.logs)).toEqual(["start=1", "start=2", "root:first", "root:second"]);
});

test("filters of another VM id, configuration or environment have VMs of their own", async () => {
  const proxy = createProxy();
  for (const options of [{}, { vmID: "other" }, { vmConfig: "other" }, { env: { other: "" } }])
    await proxy.load(naming, options);
  expect(messages(proxy.logs)).toEqual(["start=1", "start=1", "start=1", "start=1"]);
});

test("a VM that trapped fails both of its filters, and is loaded once for both", async () => {
  const proxy = createProxy();
  const trapping = guest`
    (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (call $report ${"start"} (local.get 0)) (i32.const 1))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (if (i32.eqz (local.get 2)) (then unreachable)) (i32.const 0))`;
  const first = await proxy.load(trapping, { rootID: "first", failurePolicy: "FailReload" });
  const second = await proxy.load(trapping, { rootID: "second", failurePolicy: "FailReload" });
  await first.request({ body: "x" });
  expect([first.healthy, second.healthy]).toEqual([false, false]);
  await proxy.advance(1000);
  expect([(await first.request()).status, (await second.request()).status]).toEqual([200, 200]);
  // The first filter's stream came before the second's root.
  expect(messages(proxy.logs).filter((text) => text.startsWith("start"))).toEqual([
    "start=1",
    "start=2",
    "start=1",
    "start=3",
  ]);
});
