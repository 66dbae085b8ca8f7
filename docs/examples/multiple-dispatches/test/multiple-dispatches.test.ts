import { load } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

const module = "build/multiple-dispatches.wasm";
const upstream = { headers: { "x-product": "tea/green" }, body: "green tea" };

test("the response has what both services say of its product", async () => {
  const asked: string[] = [];
  const service = (answer: string) => (request: { path: string }) => {
    asked.push(request.path);
    return { body: answer };
  };
  const filter = await load(module, { upstream, clusters: { prices: service("4.20\n"), stock: service("7") } });
  const reply = await filter.request();
  expect(reply.headers.get("x-price")).toBe("4.20");
  expect(reply.headers.get("x-in-stock")).toBe("7");
  expect(reply.text()).toBe("green tea");
  expect(asked).toEqual(["/prices/tea%2Fgreen", "/stock/tea%2Fgreen"]);
});

test("it waits as long as the slower of them takes, and no longer", async () => {
  const filter = await load(module, {
    upstream,
    clusters: { prices: { body: "4.20", delay: 300 }, stock: { body: "7", delay: 200 } },
  });
  let arrived = false;
  const reply = filter.request().finally(() => {
    arrived = true;
  });
  await filter.advance(299);
  expect(arrived).toBe(false);
  await filter.advance(1);
  expect((await reply).headers.get("x-price")).toBe("4.20");
});

test("a service that is away, or too slow, takes nothing but its own header from it", async () => {
  const filter = await load(module, { upstream, clusters: { prices: "reset", stock: { body: "7", delay: 900 } } });
  const reply = filter.request();
  await filter.advance(500);
  expect(await reply).toMatchObject({ status: 200 });
  expect((await reply).headers.has("x-price")).toBe(false);
  expect((await reply).headers.has("x-in-stock")).toBe(false);
});

test("a response without a product waits for nobody", async () => {
  const filter = await load(module, { clusters: { prices: { delay: 1 }, stock: { delay: 1 } } });
  expect((await filter.request()).status).toBe(200);
});

test("where the proxy has no such services, the response goes on at once", async () => {
  const filter = await load(module, { upstream });
  const reply = await filter.request();
  expect(reply.text()).toBe("green tea");
  expect(reply.logs.map(({ message }) => message)).toEqual(["cannot ask for x-price", "cannot ask for x-in-stock"]);
});
