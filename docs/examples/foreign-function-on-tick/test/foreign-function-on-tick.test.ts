import { inflateSync } from "node:zlib";
import { load } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

const module = "build/foreign-function-on-tick.wasm";

test("each period the requests since the last are one line, compressed by the proxy", async () => {
  const filter = await load(module, { upstream: ({ path }) => ({ status: path === "/a" ? 200 : 404 }) });
  await filter.request({ path: "/a" });
  await filter.request({ path: "/b?secret" });
  expect(filter.logs).toEqual([]);
  await filter.advance(10_000);
  const [summary, batch] = filter.logs[0]!.message.split(": ");
  expect(summary).toBe("2 requests, 0 more");
  expect(inflateSync(Buffer.from(batch!, "base64")).toString()).toBe("200 /a\n404 /b");
});

test("a period without requests is no line", async () => {
  const filter = await load(module, { config: { period: "1s" } });
  await filter.request();
  await filter.advance(5000);
  expect(filter.logs).toHaveLength(1);
});

test("what is beyond a thousand requests is only counted", async () => {
  const filter = await load(module);
  for (let i = 0; i < 1003; i++) await filter.request({ path: "/same" });
  await filter.advance(10_000);
  expect(filter.logs[0]!.message).toMatch(/^1000 requests, 3 more: .{1,80}$/);
});

test("where the proxy cannot compress, the lines are logged as they are", async () => {
  const notFound = 1;
  const filter = await load(module, { foreignFunctions: { compress: () => notFound } });
  await filter.request({ path: "/a" });
  await filter.advance(10_000);
  expect(filter.logs[0]!.message).toBe("1 requests, 0 more: 200 /a");
});
