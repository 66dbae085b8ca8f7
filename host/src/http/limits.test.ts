import { expect, test } from "vitest";
import { guest } from "../../test/guest.ts";
import { messages } from "../../test/logs.ts";
import { load } from "../testing/index.ts";

const holding = guest`
  (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
    (call $report ${"request"} (local.get 1)) (i32.eqz (local.get 2)))
  (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
    (call $report ${"response"} (local.get 1)) (i32.eqz (local.get 2)))
  (func (export "proxy_on_request_metadata") (param i32 i32) (result i32) (call $report ${"metadata"} (local.get 1)) (i32.const 0))`;

test("a request that waits and outgrows the limit is refused with 413", async () => {
  const filter = await load(holding, { bufferLimit: 5 });
  const reply = await filter.request({ body: ["123", "456"] });
  expect(reply).toMatchObject({ status: 413, details: "request_payload_too_large" });
  expect(reply.text()).toBe("Payload Too Large");
  expect((await filter.request({ body: ["123", "45"] })).status).toBe(200);
});

test("a response that waits and outgrows the limit breaks off, since its headers have gone", async () => {
  const filter = await load(holding, { bufferLimit: 5, upstream: { body: ["123", "456"] } });
  expect(await filter.request()).toMatchObject({ status: 200, reset: true });
  expect(messages(filter.logs)).toEqual(["response=3"]);
});

test("without a limit of its own, a filter may hold 1 MiB", async () => {
  const filter = await load(holding);
  expect((await filter.request({ body: new Uint8Array(1024 * 1024) })).status).toBe(200);
  expect((await filter.request({ body: new Uint8Array(1024 * 1024 + 1) })).status).toBe(413);
});

test("metadata is told by the number of its entries", async () => {
  const filter = await load(holding);
  const stream = filter.stream();
  stream.requestHeaders();
  stream.requestMetadata(2);
  expect(messages(filter.logs)).toEqual(["metadata=2"]);
});
