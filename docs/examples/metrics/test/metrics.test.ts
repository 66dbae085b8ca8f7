import { load } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

const module = "build/metrics.wasm";

test("requests are counted by client and class of status", async () => {
  const filter = await load(module, { upstream: ({ path }) => ({ status: path === "/" ? 200 : 404 }) });
  await filter.request({ headers: { "x-client": "shop" } });
  await filter.request({ headers: { "x-client": "shop" } });
  await filter.request({ headers: { "x-client": "shop" }, path: "/missing" });
  await filter.request();
  expect(filter.metrics.get("client=.=shop;.;code=.=2xx;.;metrics_requests")?.value).toBe(2n);
  expect(filter.metrics.get("client=.=shop;.;code=.=4xx;.;metrics_requests")?.value).toBe(1n);
  expect(filter.metrics.get("client=.=unknown;.;code=.=2xx;.;metrics_requests")?.value).toBe(1n);
});

test("a request is open until its answer has gone", async () => {
  const filter = await load(module);
  const open = filter.metrics.get("metrics_open_requests")!;
  expect(open.value).toBe(0n);
  const stream = filter.stream();
  stream.requestHeaders({ path: "/" });
  expect(open.value).toBe(1n);
  stream.responseHeaders({ status: 200 }, { endOfStream: true });
  stream.close();
  expect(open.value).toBe(0n);
});

test("bodies are recorded by their size, and requests without one are not", async () => {
  const filter = await load(module);
  await filter.request({ body: "12345" });
  await filter.request();
  expect(filter.metrics.get("metrics_request_bytes")?.recorded).toEqual([5n]);
});

test("clients that make up a name for each request do not fill the proxy's memory", async () => {
  const filter = await load(module);
  for (let i = 0; i < 60; i++) await filter.request({ headers: { "x-client": `nobody-${i}` } });
  expect(filter.metrics.get("client=.=other;.;code=.=other;.;metrics_requests")?.value).toBe(10n);
  expect(filter.metrics.all().filter(({ name }) => name.endsWith("metrics_requests"))).toHaveLength(51);
});
