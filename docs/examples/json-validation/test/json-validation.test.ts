import { load } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

const filter = () => load("build/json-validation.wasm", { config: { required: ["id", "items"] } });
const headers = { "content-type": "application/json; charset=utf-8" };

test("an object with the keys passes as it came", async () => {
  const body = '{"items": [{"id": 7}], "id": "a", "more": null}';
  const reply = await (await filter()).request({ headers, body });
  expect(reply.status).toBe(200);
  expect(reply.upstream?.text()).toBe(body);
  expect(reply.upstream?.headers.get("content-length")).toBe(String(body.length));
});

test.each([
  ['{"items": [{"id": 7}]}', "missing: id\n"],
  ["{}", "missing: id, items\n"],
  ["[]", "an object is wanted\n"],
  ['{"id": 1, "items": [}', "no JSON: a value or ] is wanted at byte 20\n"],
  ["hello", "no JSON: a value is wanted at byte 0\n"],
])("%s is refused", async (body, reason) => {
  const reply = await (await filter()).request({ headers, body });
  expect(reply.status).toBe(400);
  expect(reply.text()).toBe(reason);
  expect(reply.upstream?.complete).not.toBe(true);
});

test("a body that is called something else is refused unread", async () => {
  const reply = await (await filter()).request({ headers: { "content-type": "text/plain" }, body: "hello" });
  expect(reply.status).toBe(415);
  expect(reply.upstream).toBeUndefined();
});

test("a request without a body passes", async () => {
  expect((await (await filter()).request({ path: "/orders" })).status).toBe(200);
});
