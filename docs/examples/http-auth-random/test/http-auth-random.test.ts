import { type Cluster, load } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

const filter = (random: Cluster) => load("build/http-auth-random.wasm", { clusters: { random } });

test("who is lucky passes", async () => {
  const reply = await (await filter({ body: Uint8Array.of(2) })).request({ path: "/door", body: "knock" });
  expect(reply.status).toBe(200);
  expect(reply.upstream?.text()).toBe("knock");
});

test("who is not gets a 403, and the upstream hears nothing of it", async () => {
  const reply = await (await filter({ body: Uint8Array.of(3) })).request();
  expect(reply.status).toBe(403);
  expect(reply.text()).toBe("bad luck\n");
  expect(reply.headers.get("x-powered-by")).toBe("proxy-wasm");
  expect(reply.upstream).toBeUndefined();
});

test.each<[string, Cluster, string]>([
  ["is broken off", "incomplete", "no chance: reset"],
  ["cannot be had", "reset", "no chance: 503"],
  ["is an error", { status: 500, body: "\x02" }, "no chance: 500"],
  ["is empty", {}, "no chance: 200"],
  ["takes too long", { body: "\x02", delay: 2000 }, "no chance: 504"],
])("nobody passes where the answer %s", async (_, random, line) => {
  const loaded = await filter(random);
  const reply = loaded.request();
  await loaded.advance(1000);
  expect((await reply).status).toBe(503);
  expect((await reply).logs.map(({ message }) => message)).toEqual([line]);
});
