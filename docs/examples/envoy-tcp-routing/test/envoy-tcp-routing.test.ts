import { load } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

const module = "build/envoy-tcp-routing.wasm";
const upstreams = { stable: "outbound|5432||db", canary: "outbound|5432||db-next" };

/** The clusters that the clients 10.0.0.1 to 10.0.3.250 are led to. */
async function clusters(canary: number): Promise<(string | undefined)[]> {
  const filter = await load(module, { config: { canary }, upstreams });
  return Array.from({ length: 1000 }, (_, i) => {
    const address = `10.0.${Math.floor(i / 250)}.${(i % 250) + 1}:${1024 + i}`;
    const client = filter.connect({ properties: { "source.address": address } });
    client.close();
    return client.filterState.get("envoy.tcp_proxy.cluster");
  });
}

test("about as many clients as it says are led to the canary", async () => {
  const led = await clusters(25);
  const canary = led.filter((cluster) => cluster === upstreams.canary).length;
  expect(canary).toBeGreaterThan(200);
  expect(canary).toBeLessThan(300);
  expect(led.filter((cluster) => cluster === upstreams.stable)).toHaveLength(1000 - canary);
});

test.each([
  [0, upstreams.stable],
  [100, upstreams.canary],
])("with %i of a hundred, all are led to %s", async (canary, cluster) => {
  expect(new Set(await clusters(canary))).toEqual(new Set([cluster]));
});

test("a client that comes again is led to the same", async () => {
  const filter = await load(module, { config: { canary: 50 }, upstreams });
  const led = [1024, 2048, 65535].map((port) => {
    const client = filter.connect({ properties: { "source.address": `[fd00::7]:${port}` } });
    return client.filterState.get("envoy.tcp_proxy.cluster");
  });
  expect(new Set(led).size).toBe(1);
});

test("more than all of them is refused", async () => {
  await expect(load(module, { config: { canary: 101 } })).rejects.toThrow("canary");
});
