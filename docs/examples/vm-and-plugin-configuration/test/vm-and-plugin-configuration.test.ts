import { createProxy, load } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

const module = "build/vm-and-plugin-configuration.wasm";

test("responses tell the plugin's service and the VM's zone", async () => {
  const filter = await load(module, { config: { service: "cart" }, vmConfig: "eu-west" });
  const reply = await filter.request();
  expect(reply.headers.get("x-served-by")).toBe("cart.eu-west");
});

test("plugins of one VM share its configuration, and have each its own", async () => {
  const proxy = createProxy();
  const vm = { vmID: "zones", vmConfig: "eu-west" };
  const cart = await proxy.load(module, { ...vm, config: { service: "cart" } });
  const stock = await proxy.load(module, { ...vm, config: { service: "stock" } });
  expect((await cart.request()).headers.get("x-served-by")).toBe("cart.eu-west");
  expect((await stock.request()).headers.get("x-served-by")).toBe("stock.eu-west");
  expect(proxy.logs.map(({ message }) => message)).toEqual([
    "zone eu-west",
    "service cart",
    "zone eu-west",
    "service stock",
  ]);
});

test("a VM need not be configured, a plugin must", async () => {
  const filter = await load(module, { config: { service: "cart" } });
  expect((await filter.request()).headers.get("x-served-by")).toBe("cart.unknown");
  await expect(load(module, { vmConfig: "eu-west" })).rejects.toThrow("service");
});
