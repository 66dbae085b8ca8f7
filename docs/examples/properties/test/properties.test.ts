import { load } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

const module = "build/properties.wasm";
const closed = { "xds.route_metadata": { filter_metadata: { access: { header: "x-api-key" } } } };

test("a route without metadata is open", async () => {
  const reply = await (await load(module)).request({ path: "/open" });
  expect(reply.status).toBe(200);
  expect(reply.logs).toEqual([]);
});

test("a route that names a header is closed to requests without it", async () => {
  const reply = await (await load(module, { properties: closed })).request({ path: "/closed" });
  expect(reply.status).toBe(401);
  expect(reply.text()).toBe("this route needs x-api-key\n");
  expect(reply.upstream).toBeUndefined();
});

test("who has the header passes, and is logged with what came of it", async () => {
  const filter = await load(module, { properties: closed, upstream: { status: 404 } });
  const reply = await filter.request({ path: "/closed?page=2", headers: { "x-api-key": "k1" } });
  expect(reply.status).toBe(404);
  expect(reply.logs.map(({ message }) => message)).toEqual(["k1 did GET /closed: 404"]);
});
