import { load } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

const module = "build/envoy-filter-metadata.wasm";
const demands = (role: string) => ({ filter_metadata: { "envoy-filter-metadata": { role } } });
const claims = (claims: Record<string, string>) => ({
  filter_metadata: { "envoy.filters.http.jwt_authn": { claims } },
});

test("who has the role that the route demands comes through", async () => {
  const filter = await load(module);
  const reply = await filter.request({
    properties: { "xds.route_metadata": demands("admin"), metadata: claims({ sub: "ann", role: "admin" }) },
  });
  expect(reply.status).toBe(200);
});

test.each([
  [{ sub: "ann", role: "guest" }, 403, "not for the role guest\n"],
  [{ sub: "ann" }, 401, "nobody knows your role\n"],
])("who is %j does not", async (who, status, text) => {
  const filter = await load(module);
  const reply = await filter.request({
    properties: { "xds.route_metadata": demands("admin"), metadata: claims(who) },
  });
  expect([reply.status, reply.text(), reply.upstream]).toEqual([status, text, undefined]);
});

test("a route that demands nothing is open to all", async () => {
  const filter = await load(module);
  expect((await filter.request()).status).toBe(200);
});

test("the configuration says which filter knows the role", async () => {
  const filter = await load(module, { config: { role: ["envoy.filters.http.lua", "role"] } });
  const reply = await filter.request({
    properties: {
      "xds.route_metadata": demands("admin"),
      metadata: { filter_metadata: { "envoy.filters.http.lua": { role: "admin" } } },
    },
  });
  expect(reply.status).toBe(200);
});
