import { load } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

const filter = () =>
  load("build/TEMPLATE_NAME.wasm", {
    clusters: {
      auth: (question) => ({ status: question.headers.get("authorization") === "Bearer friend" ? 200 : 401 }),
    },
  });

test("a friend passes", async () => {
  const reply = await (await filter()).request({ path: "/", headers: { authorization: "Bearer friend" } });
  expect(reply.status).toBe(200);
});

test("a stranger is sent away, and nothing reaches the upstream", async () => {
  const reply = await (await filter()).request({ path: "/", headers: { authorization: "Bearer foe" } });
  expect(reply.status).toBe(403);
  expect(reply.upstream).toBeUndefined();
});

test("who has no credentials is not even asked about", async () => {
  const reply = await (await filter()).request({ path: "/" });
  expect(reply.status).toBe(401);
});

test("without an answer nobody passes", async () => {
  const broken = await load("build/TEMPLATE_NAME.wasm", { clusters: { auth: "reset" } });
  const reply = await broken.request({ path: "/", headers: { authorization: "Bearer friend" } });
  expect(reply.status).toBe(503);
});
