import { load } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

const module = "build/postpone-requests.wasm";

test("with each tick as many go on as a burst has, the oldest first", async () => {
  const arrived: string[] = [];
  const filter = await load(module, {
    config: { period: "100ms", burst: 2 },
    upstream: ({ path }) => {
      arrived.push(path);
      return {};
    },
  });
  const replies = ["/1", "/2", "/3"].map((path) => filter.request({ path }));
  await filter.advance(99);
  expect(arrived).toEqual([]);
  await filter.advance(1);
  expect(arrived).toEqual(["/1", "/2"]);
  await filter.advance(100);
  expect(arrived).toEqual(["/1", "/2", "/3"]);
  expect((await Promise.all(replies)).map(({ status }) => status)).toEqual([200, 200, 200]);
});

test("one that finds the queue full is told to come back", async () => {
  const filter = await load(module, { config: { queue: 1 } });
  const first = filter.request();
  const second = await filter.request();
  expect(second.status).toBe(503);
  expect(second.headers.get("retry-after")).toBe("1");
  await filter.advance(100);
  expect((await first).status).toBe(200);
});

test("a client that goes away leaves its place to the next", async () => {
  const filter = await load(module, { config: { queue: 1 } });
  const impatient = filter.stream();
  expect(impatient.requestHeaders({ path: "/1" })).toBe("Pause");
  impatient.close();
  const next = filter.request({ path: "/2" });
  await filter.advance(100);
  expect((await next).status).toBe(200);
});

test("a request that waits keeps its body", async () => {
  const filter = await load(module);
  const reply = filter.request({ body: ["one", "two"] });
  await filter.advance(100);
  expect((await reply).upstream?.text()).toBe("onetwo");
});
