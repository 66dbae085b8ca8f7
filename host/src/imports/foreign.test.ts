import { expect, test } from "vitest";
import { guest } from "../../test/guest.ts";
import { messages } from "../../test/logs.ts";
import { load } from "../testing/index.ts";

/** Calls `f` with `abc`, and shows what comes back. */
const calling = guest`
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (call $report ${"f"} (call $call_foreign_function ${"f"} ${"abc"} (i32.const 16) (i32.const 20)))
    (call $report ${"size"} (i32.load (i32.const 20))) (call $show ${"result"})
    (i32.const 0))
  (func (export "proxy_on_foreign_function") (param i32 i32 i32)
    (call $report ${"context"} (local.get 0)) (call $report ${"function"} (local.get 1)) (call $report ${"size"} (local.get 2))
    (call $body (i32.const 8)))`;

test.each([
  { title: "bytes", f: (bytes: Uint8Array) => bytes.toReversed(), said: ["f=0", "size=3", "result:cba"] },
  { title: "nothing", f: () => undefined, said: ["f=0", "size=0", "result:"] },
  { title: "a status", f: () => 10 as const, said: ["f=10", "size=0", "result:"] },
])("a function that the test gives answers with $title", async ({ f, said }) => {
  const filter = await load(calling, { foreignFunctions: { f } });
  await filter.request();
  expect(messages(filter.logs)).toEqual(said);
});

test("a function that nobody gave is not found", async () => {
  const filter = await load(calling);
  await filter.request();
  expect(messages(filter.logs)[0]).toBe("f=1");
});

test("the host calls the guest's function on its root, which reads the data", async () => {
  const filter = await load(calling);
  filter.foreignFunction(7, "data");
  expect(messages(filter.logs)).toEqual(["context=1", "function=7", "size=4", "body:data"]);
});
