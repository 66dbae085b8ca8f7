import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Controller, startController } from "@asmfilter/controller";
import { packFilter, repository } from "@asmfilter/oci";
import binaryen from "binaryen";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ApiServer, available, Envoy, Etcd, freePort, Registry, requirePart } from "../stack/index.ts";
import { istioFiles } from "../stack/istio-files.ts";
import { Deployments, deployment } from "./deployments.ts";

/** Answers the plugin's configuration, as it is, in `x-hello`; `broken` refuses to be configured. */
const wasm = (kind: "hello" | "broken" = "hello"): Uint8Array =>
  binaryen
    .parseText(`(module
  (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_buffer_bytes" (func $buffer (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "x-hello")
  (global $length (mut i32) (i32.const 0))
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 1024))
  (func (export "proxy_on_configure") (param $root i32) (param $size i32) (result i32)
    (global.set $length (local.get $size))
    (if (local.get $size) (then
      (drop (call $buffer (i32.const 7) (i32.const 0) (local.get $size) (i32.const 32) (i32.const 36)))))
    (i32.const ${kind === "hello" ? 1 : 0}))
  (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
    (drop (call $add (i32.const 2) (i32.const 16) (i32.const 7) (i32.load (i32.const 32)) (global.get $length)))
    (i32.const 0)))`)
    .emitBinary();

const soon = { timeout: 15_000, interval: 20 };
const parts = [Etcd, ApiServer, Registry, Envoy] as const;

describe("a real Envoy at the controller's extension config server", () => {
  const etcd = new Etcd();
  const apiserver = new ApiServer();
  const registry = new Registry();
  let cache: string;
  let port: number;
  let deployments: Deployments;
  let controller: Controller | undefined;
  const proxies: TestProxy[] = [];

  beforeAll(async () => {
    if (!available(...parts)) return;
    cache = await mkdtemp(join(tmpdir(), "asmfilter-test-"));
    port = await freePort();
    await Promise.all([etcd.start().then(() => apiserver.start({ etcd })), registry.start()]);
    const { crds } = await istioFiles();
    const envoyFilters = JSON.parse(readFileSync(crds, "utf8")).filter(
      ({ metadata }: { metadata: { name: string } }) => metadata.name === "envoyfilters.networking.istio.io",
    );
    const ours = readFileSync(
      join(import.meta.dirname, "../../deploy/crds/asmfilter.io_asmfilterdeployments.yaml"),
      "utf8",
    );
    await apiserver.apply(envoyFilters);
    await apiserver.apply(ours);
    await apiserver.apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "asmfilter-system" } }]);
    deployments = new Deployments(apiserver);
    await push("hello:1", wasm());
    await push("hello:broken", wasm("broken"));
    await start();
  });
  afterEach(async () => {
    for (const proxy of proxies.splice(0)) await proxy.stop();
  });
  afterAll(async () => {
    await controller?.stop();
    await Promise.all([registry.stop(), apiserver.stop()]);
    await etcd.stop();
    if (cache) await rm(cache, { recursive: true });
  });
  beforeEach((context) => requirePart(context, ...parts));

  async function start(): Promise<void> {
    controller = await startController({
      kubeconfig: apiserver.config,
      namespace: "asmfilter-system",
      listen: `127.0.0.1:${port}`,
      advertise: "127.0.0.1",
      cache,
      log: pino({ level: process.env.LOG_LEVEL ?? "silent" }),
    });
  }

  async function push(name: string, module: Uint8Array): Promise<void> {
    const [repo, tag] = name.split(":") as [string, string];
    const target = repository(`${registry.address}/filters/${repo}`);
    const config = { name: repo, version: "1.0.0", abi: "0.2.1", type: "http", rootIDs: [repo] } as const;
    await target.tag(await packFilter(target, { config: config as never, module }), tag);
  }

  const image = (tag: string): string => `${registry.address}/filters/hello:${tag}`;
  const apply = (name: string, options: Partial<Parameters<typeof deployment>[0]> = {}) =>
    apiserver.apply([deployment({ name, image: image("1"), parameters: "world", ...options })]);

  /** The slot as the controller rendered it into the EnvoyFilter, in the listener of a stock Envoy. */
  async function proxy(name: string, change: (slot: Slot) => void = () => undefined): Promise<TestProxy> {
    await expect.poll(() => slotOf(name), soon).toBeDefined();
    const slot = (await slotOf(name))!;
    change(slot);
    return proxyOf(slot);
  }

  async function proxyOf(slot: Slot): Promise<TestProxy> {
    const pod = `${slot.name.split("/").at(-1)}-${proxies.length}`;
    const made = new TestProxy(slot, `sidecar~127.0.0.1~${pod}.default~default.svc.cluster.local`);
    proxies.push(made);
    await made.start();
    return made;
  }

  async function slotOf(name: string): Promise<Slot | undefined> {
    const found = (await deployments.envoyFilters()).find(({ metadata }) => metadata?.name === `asmf-${name}`);
    const { spec } = (found ?? {}) as { spec?: { configPatches: { patch: { value: Slot } }[] } };
    return spec?.configPatches[0]?.patch.value;
  }

  test("runs the filter, takes new parameters and the kill switch without touching its listener, and says so in status", async () => {
    await apply("story");
    const envoy = await proxy("story");
    await expect.poll(() => envoy.header("x-hello"), soon).toBe("world");
    const one = { matched: 1, running: 1, failing: 0, unknown: 0 };
    await expect.poll(async () => (await deployments.status("story")).proxies, soon).toEqual(one);
    expect((await deployments.condition("story", "Ready", "True")).reason).toBe("Running");
    const listeners = await envoy.listenerStats();

    await apply("story", { parameters: "universe" });
    await expect.poll(() => envoy.header("x-hello"), soon).toBe("universe");
    await apply("story", { parameters: "universe", enabled: false });
    await expect.poll(() => envoy.header("x-hello"), soon).toBeNull();
    expect((await deployments.condition("story", "Ready", "True")).reason).toBe("Disabled");
    await apply("story", { parameters: "again" });
    await expect.poll(() => envoy.header("x-hello"), soon).toBe("again");
    expect(await envoy.listenerStats()).toBe(listeners);
  });

  test("that refuses a module goes on with the old one, and its own reason is in status", async () => {
    await apply("refused");
    const envoy = await proxy("refused");
    await expect.poll(() => envoy.header("x-hello"), soon).toBe("world");
    await deployments.condition("refused", "Ready", "True");
    await apply("refused", { image: image("broken") });
    const programmed = await deployments.condition("refused", "Programmed", "False");
    expect(programmed.reason).toBe("ProxyRejected");
    expect(programmed.message).toMatch(/default\/refused-0 .*Unable to create Wasm/);
    expect((await deployments.status("refused")).proxies).toEqual({ matched: 1, running: 0, failing: 1, unknown: 0 });
    expect(await envoy.header("x-hello")).toBe("world");
    await apply("refused", { parameters: "healed" });
    await expect.poll(() => envoy.header("x-hello"), soon).toBe("healed");
    await deployments.condition("refused", "Ready", "True");
  });

  test("whose token is another resource's gets nothing, and is not counted", async () => {
    await apply("mine");
    await apply("theirs", { failurePolicy: "FailOpen" });
    const theirs = (await proxy("theirs")).slot;
    const thief = await proxy("mine", (slot) => {
      slot.config_discovery.config_source = theirs.config_discovery.config_source;
    });
    await expect.poll(() => thief.logs(), soon).toMatch(/the token is not the one for asmfilter.io\/default\/mine/);
    expect((await deployments.status("mine")).proxies).toMatchObject({ running: 0 });
  });

  test("that starts while the controller is away serves as FailOpen says, and gets the filter when it is back", async () => {
    await apply("away", { failurePolicy: "FailOpen" });
    const early = await proxy("away");
    await expect.poll(() => early.header("x-hello"), soon).toBe("world");
    await controller!.stop();
    const late = await proxy("away");
    await expect.poll(() => late.status(), soon).toBe(200);
    expect(await late.header("x-hello")).toBeNull();
    expect(await early.header("x-hello")).toBe("world");
    await start();
    await expect.poll(() => late.header("x-hello"), soon).toBe("world");
    await expect
      .poll(async () => (await deployments.status("away")).proxies, soon)
      .toEqual({
        matched: 2,
        running: 2,
        failing: 0,
        unknown: 0,
      });
  });

  test("keeps what was good last, although the controller started when the spec was bad already", async () => {
    await apply("kept");
    await deployments.condition("kept", "Programmed", "True");
    await apply("kept", { image: image("no-such-tag") });
    const resolved = await deployments.condition("kept", "Resolved", "False");
    expect(resolved.reason).toBe("ImageNotFound");
    await controller!.stop();
    await start();
    const envoy = await proxy("kept");
    await expect.poll(() => envoy.header("x-hello"), soon).toBe("world");
    expect((await deployments.condition("kept", "Programmed", "False")).reason).toBe("KeptLastGood");
  });

  test("goes on while the API server is away, and gets what is applied once it is back", async () => {
    await apply("restart");
    const envoy = await proxy("restart");
    await expect.poll(() => envoy.header("x-hello"), soon).toBe("world");
    await apiserver.stop({ keep: true });
    const late = await proxyOf(envoy.slot);
    await expect.poll(() => late.header("x-hello"), soon).toBe("world");
    await apiserver.start({ etcd });
    await apply("restart", { parameters: "back" });
    await expect.poll(() => envoy.header("x-hello"), { ...soon, timeout: 40_000 }).toBe("back");
    await expect.poll(() => late.header("x-hello"), soon).toBe("back");
  });

  test("the kill switch works although the image is gone, and drift of the EnvoyFilter is repaired", async () => {
    await apply("switch");
    const envoy = await proxy("switch");
    await expect.poll(() => envoy.header("x-hello"), soon).toBe("world");
    await apply("switch", { image: image("no-such-tag"), enabled: false });
    await expect.poll(() => envoy.header("x-hello"), soon).toBeNull();
    const slot = JSON.stringify(await slotOf("switch"));
    await apiserver.apply([
      {
        apiVersion: "networking.istio.io/v1alpha3",
        kind: "EnvoyFilter",
        metadata: { name: "asmf-switch", namespace: "default" },
        spec: { configPatches: [] },
      } as never,
    ]);
    await expect.poll(async () => JSON.stringify(await slotOf("switch")), soon).toBe(slot);
  });

  test("deleting the resource deletes the EnvoyFilter, also one that was deleted while the controller was away", async () => {
    await apply("gone");
    await apply("orphan");
    await expect.poll(() => slotOf("orphan"), soon).toBeDefined();
    await expect.poll(() => slotOf("gone"), soon).toBeDefined();
    await deployments.delete("gone");
    await expect.poll(() => slotOf("gone"), soon).toBeUndefined();
    await controller!.stop();
    await deployments.delete("orphan");
    await start();
    await expect.poll(() => slotOf("orphan"), soon).toBeUndefined();
  });
});

interface Slot {
  name: string;
  config_discovery: { config_source: object };
}

/** A stock Envoy that answers each request itself, with the slot before the router. */
class TestProxy {
  readonly slot: Slot;
  readonly #envoy: Envoy;
  #url = "";

  constructor(slot: Slot, node: string) {
    this.slot = slot;
    const router = {
      name: "envoy.filters.http.router",
      typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
    };
    const manager = {
      "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
      stat_prefix: "test",
      route_config: {
        virtual_hosts: [
          { name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, direct_response: { status: 200 } }] },
        ],
      },
      http_filters: [slot, router],
    };
    const listener = {
      name: "listener",
      address: { socket_address: { address: "127.0.0.1", port_value: 0 } },
      filter_chains: [{ filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }] }],
    };
    this.#envoy = new Envoy({ static: { listeners: [listener] }, bootstrap: { node: { id: node, cluster: "test" } } });
  }

  async start(): Promise<void> {
    await this.#envoy.start();
    this.#url = `http://127.0.0.1:${await this.#envoy.port("listener")}/`;
  }

  async stop(): Promise<void> {
    await this.#envoy.stop();
  }

  logs(): string {
    return this.#envoy.logs();
  }

  async status(): Promise<number> {
    return (await fetch(this.#url)).status;
  }

  async header(name: string): Promise<string | null> {
    return (await fetch(this.#url)).headers.get(name);
  }

  async listenerStats(): Promise<string> {
    return this.#envoy.admin("/stats?filter=^listener_manager.listener_");
  }
}
