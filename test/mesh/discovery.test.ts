import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { available, requirePart } from "../stack/index.ts";
import { ControlPlane, soon } from "./control-plane.ts";

describe("a real Envoy at the controller's extension config server", () => {
  const plane = new ControlPlane();
  beforeAll(async () => {
    if (available(...ControlPlane.parts)) await plane.start();
  });
  afterEach(() => plane.stopProxies());
  afterAll(() => plane.stop());
  beforeEach((context) => requirePart(context, ...ControlPlane.parts));

  test("runs the filter, takes new parameters and the kill switch without touching its listener, and says so in status", async () => {
    await plane.apply("story");
    const envoy = await plane.proxy("story");
    await expect.poll(() => envoy.header("x-hello"), soon).toBe("world");
    const one = { matched: 1, running: 1, failing: 0, unknown: 0 };
    await expect.poll(async () => (await plane.deployments.status("story")).proxies, soon).toEqual(one);
    expect((await plane.deployments.condition("story", "Ready", "True")).reason).toBe("Running");
    const listeners = await envoy.listenerStats();

    await plane.apply("story", { parameters: "universe" });
    await expect.poll(() => envoy.header("x-hello"), soon).toBe("universe");
    await plane.apply("story", { parameters: "universe", enabled: false });
    await expect.poll(() => envoy.header("x-hello"), soon).toBeNull();
    expect((await plane.deployments.condition("story", "Ready", "True")).reason).toBe("Disabled");
    await plane.apply("story", { parameters: "again" });
    await expect.poll(() => envoy.header("x-hello"), soon).toBe("again");
    expect(await envoy.listenerStats()).toBe(listeners);
  });

  test("that refuses a module goes on with the old one, and its own reason is in status", async () => {
    await plane.apply("refused");
    const envoy = await plane.proxy("refused");
    await expect.poll(() => envoy.header("x-hello"), soon).toBe("world");
    await plane.deployments.condition("refused", "Ready", "True");
    await plane.apply("refused", { image: plane.image("broken") });
    const programmed = await plane.deployments.condition("refused", "Programmed", "False");
    expect(programmed.reason).toBe("ProxyRejected");
    expect(programmed.message).toMatch(/default\/refused-0 .*Unable to create Wasm/);
    expect((await plane.deployments.status("refused")).proxies).toEqual({
      matched: 1,
      running: 0,
      failing: 1,
      unknown: 0,
    });
    expect(await envoy.header("x-hello")).toBe("world");
    await plane.apply("refused", { parameters: "healed" });
    await expect.poll(() => envoy.header("x-hello"), soon).toBe("healed");
    await plane.deployments.condition("refused", "Ready", "True");
  });

  test("whose token is another resource's gets nothing, and is not counted", async () => {
    await plane.apply("mine");
    await plane.apply("theirs", { failurePolicy: "FailOpen" });
    const theirs = (await plane.proxy("theirs")).slot;
    const thief = await plane.proxy("mine", (slot) => {
      slot.config_discovery.config_source = theirs.config_discovery.config_source;
    });
    await expect.poll(() => thief.logs(), soon).toMatch(/the token is not the one for asmfilter.io\/default\/mine/);
    await plane.deployments.condition("mine", "Ready", "Unknown", "no proxy has asked");
    expect((await plane.deployments.status("mine")).proxies).toMatchObject({ matched: 0, running: 0 });
  });

  test("that starts while the controller is away serves as FailOpen says, and gets the filter when it is back", async () => {
    await plane.apply("away", { failurePolicy: "FailOpen" });
    const early = await plane.proxy("away");
    await expect.poll(() => early.header("x-hello"), soon).toBe("world");
    await plane.controller.stop();
    const late = await plane.proxy("away");
    await expect.poll(() => late.status(), soon).toBe(200);
    expect(await late.header("x-hello")).toBeNull();
    expect(await early.header("x-hello")).toBe("world");
    await plane.startController();
    await expect.poll(() => late.header("x-hello"), soon).toBe("world");
    await expect
      .poll(async () => (await plane.deployments.status("away")).proxies, soon)
      .toEqual({
        matched: 2,
        running: 2,
        failing: 0,
        unknown: 0,
      });
  });

  test("keeps what was good last, although the controller started when the spec was bad already", async () => {
    await plane.apply("kept");
    await plane.deployments.condition("kept", "Programmed", "True");
    await plane.apply("kept", { image: plane.image("no-such-tag") });
    const resolved = await plane.deployments.condition("kept", "Resolved", "False");
    expect(resolved.reason).toBe("ImageNotFound");
    await plane.controller.stop();
    await plane.startController();
    const envoy = await plane.proxy("kept");
    await expect.poll(() => envoy.header("x-hello"), soon).toBe("world");
    expect((await plane.deployments.condition("kept", "Programmed", "False")).reason).toBe("KeptLastGood");
  });

  test("goes on while the API server is away, and gets what is applied once it is back", async () => {
    await plane.apply("restart");
    const envoy = await plane.proxy("restart");
    await expect.poll(() => envoy.header("x-hello"), soon).toBe("world");
    await plane.apiserver.stop({ keep: true });
    const late = await plane.proxyOf(envoy.slot);
    await expect.poll(() => late.header("x-hello"), soon).toBe("world");
    await plane.startApiServer();
    await plane.apply("restart", { parameters: "back" });
    await expect.poll(() => envoy.header("x-hello"), { ...soon, timeout: 40_000 }).toBe("back");
    await expect.poll(() => late.header("x-hello"), soon).toBe("back");
  });

  test("the kill switch works although the image is gone, and drift of the EnvoyFilter is repaired", async () => {
    await plane.apply("switch");
    const envoy = await plane.proxy("switch");
    await expect.poll(() => envoy.header("x-hello"), soon).toBe("world");
    await plane.apply("switch", { image: plane.image("no-such-tag"), enabled: false });
    await expect.poll(() => envoy.header("x-hello"), soon).toBeNull();
    const slot = JSON.stringify(await plane.slotOf("switch"));
    await plane.apiserver.apply([
      {
        apiVersion: "networking.istio.io/v1alpha3",
        kind: "EnvoyFilter",
        metadata: { name: "asmf-switch", namespace: "default" },
        spec: { configPatches: [] },
      } as never,
    ]);
    await expect.poll(async () => JSON.stringify(await plane.slotOf("switch")), soon).toBe(slot);
  });

  test("deleting the resource deletes the EnvoyFilter, also one that was deleted while the controller was away", async () => {
    await plane.apply("gone");
    await plane.apply("orphan");
    await expect.poll(() => plane.slotOf("orphan"), soon).toBeDefined();
    await expect.poll(() => plane.slotOf("gone"), soon).toBeDefined();
    await plane.deployments.delete("gone");
    await expect.poll(() => plane.slotOf("gone"), soon).toBeUndefined();
    await plane.controller.stop();
    await plane.deployments.delete("orphan");
    await plane.startController();
    await expect.poll(() => plane.slotOf("orphan"), soon).toBeUndefined();
  });
});
