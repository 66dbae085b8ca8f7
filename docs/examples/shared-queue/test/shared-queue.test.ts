import { createProxy } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

const module = "build/shared-queue.wasm";
const messages = (logs: readonly { message: string }[]) => logs.map(({ message }) => message);

test("records arrive in the receiver's VM, in order", async () => {
  const proxy = createProxy();
  const receiver = await proxy.load(module, { rootID: "receiver", vmID: "receiver" });
  const sender = await proxy.load(module, { rootID: "sender", vmID: "sender" });
  await sender.request({ path: "/a?token=1" });
  await sender.request({ path: "/b", method: "DELETE", upstream: { status: 405 } });
  await proxy.advance(0);
  expect(messages(receiver.logs)).toEqual(["record: GET /a 200", "record: DELETE /b 405"]);
  expect(messages(sender.logs)).toEqual([]);
});

test("a receiver that starts later gets what comes from then on", async () => {
  const proxy = createProxy();
  const sender = await proxy.load(module, { rootID: "sender", vmID: "sender", config: { receiver: "audit" } });
  await sender.request({ path: "/early" });
  expect(messages(sender.logs)).toEqual(["nobody takes the record: GET /early 200"]);
  const receiver = await proxy.load(module, { rootID: "receiver", vmID: "audit" });
  await sender.request({ path: "/late" });
  await proxy.advance(0);
  expect(messages(receiver.logs)).toEqual(["record: GET /late 200"]);
});

test("each record is taken once, also where two senders write", async () => {
  const proxy = createProxy();
  const receiver = await proxy.load(module, { rootID: "receiver", vmID: "receiver" });
  const one = await proxy.load(module, { rootID: "sender", vmID: "one" });
  const two = await proxy.load(module, { rootID: "sender", vmID: "two" });
  await Promise.all([one.request({ path: "/1" }), two.request({ path: "/2" })]);
  await proxy.advance(0);
  expect(messages(receiver.logs).sort()).toEqual(["record: GET /1 200", "record: GET /2 200"]);
});
