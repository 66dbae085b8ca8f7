import { load } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

test("what a client sends reaches the upstream, and its answer the client", async () => {
  const filter = await load("build/TEMPLATE_NAME.wasm", { upstream: { status: 200, body: "the answer" } });
  const reply = await filter.request({ method: "POST", path: "/", body: "the question" });
  expect(reply.upstream?.text()).toBe("the question");
  expect(reply.text()).toBe("the answer");
});
