import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Controller, startController } from "@asmfilter/controller";
import { packFilter, repository } from "@asmfilter/oci";
import { pino } from "pino";
import { expect } from "vitest";
import { ApiServer, Envoy, Etcd, freePort, Registry } from "../stack/index.ts";
import { istioFiles } from "../stack/istio-files.ts";
import { type DeploymentOptions, Deployments, deployment } from "./deployments.ts";
import { helloModule, type Slot, SlotProxy } from "./slot-proxy.ts";

/** What is polled for. */
export const soon = { timeout: 15_000, interval: 20 };

/** A controller in this process, at a real API server and a registry, and stock Envoys with the slots that it rendered; no Istio. */
export class ControlPlane {
  static readonly parts = [Etcd, ApiServer, Registry, Envoy] as const;

  readonly apiserver = new ApiServer();
  readonly registry = new Registry();
  readonly #etcd = new Etcd();
  readonly #proxies: SlotProxy[] = [];
  #deployments: Deployments | undefined;
  #controller: Controller | undefined;
  #cache = "";
  #port = 0;

  /** All of it, with `hello:1` and `hello:broken` in the registry. */
  async start(): Promise<void> {
    this.#cache = await mkdtemp(join(tmpdir(), "asmfilter-test-"));
    this.#port = await freePort();
    await Promise.all([this.startApiServer(), this.registry.start()]);
    const { crds } = await istioFiles();
    const envoyFilters = JSON.parse(readFileSync(crds, "utf8")).filter(
      ({ metadata }: { metadata: { name: string } }) => metadata.name === "envoyfilters.networking.istio.io",
    );
    const ours = join(import.meta.dirname, "../../deploy/crds/asmfilter.io_asmfilterdeployments.yaml");
    await this.apiserver.apply(envoyFilters);
    await this.apiserver.apply(readFileSync(ours, "utf8"));
    await this.apiserver.apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "asmfilter-system" } }]);
    this.#deployments = new Deployments(this.apiserver);
    await this.push("hello:1", helloModule());
    await this.push("hello:broken", helloModule("broken"));
    await this.startController();
  }

  async stop(): Promise<void> {
    await this.stopProxies();
    await this.#controller?.stop();
    await Promise.all([this.registry.stop(), this.apiserver.stop()]);
    await this.#etcd.stop();
    if (this.#cache) await rm(this.#cache, { recursive: true });
  }

  get deployments(): Deployments {
    return this.#deployments!;
  }

  get controller(): Controller {
    return this.#controller!;
  }

  /** The folder in which the controller keeps modules. */
  get cache(): string {
    return this.#cache;
  }

  /** Also after it was stopped and its content kept. */
  async startApiServer(): Promise<void> {
    if (!this.#etcd.running) await this.#etcd.start();
    await this.apiserver.start({ etcd: this.#etcd });
  }

  /** Always at the same address. */
  async startController(): Promise<void> {
    this.#controller = await startController({
      kubeconfig: this.apiserver.config,
      namespace: "asmfilter-system",
      listen: `127.0.0.1:${this.#port}`,
      advertise: "127.0.0.1",
      cache: this.#cache,
      log: pino({ level: process.env.LOG_LEVEL ?? "silent" }),
    });
  }

  async push(name: string, module: Uint8Array): Promise<void> {
    const [repo, tag] = name.split(":") as [string, string];
    const target = repository(`${this.registry.address}/filters/${repo}`);
    const config = { name: repo, version: "1.0.0", abi: "0.2.1", type: "http", rootIDs: [repo] } as const;
    await target.tag(await packFilter(target, { config: config as never, module }), tag);
  }

  image(tag: string): string {
    return `${this.registry.address}/filters/hello:${tag}`;
  }

  /** A deployment of `hello:1` that answers `world`, but for what is given. */
  async apply(name: string, options: Partial<DeploymentOptions> = {}): Promise<void> {
    await this.apiserver.apply([deployment({ name, image: this.image("1"), parameters: "world", ...options })]);
  }

  /** The slot as the controller rendered it into the EnvoyFilter, in the listener of a stock Envoy. */
  async proxy(name: string, change: (slot: Slot) => void = () => undefined): Promise<SlotProxy> {
    await expect.poll(() => this.slotOf(name), soon).toBeDefined();
    const slot = (await this.slotOf(name))!;
    change(slot);
    return this.proxyOf(slot);
  }

  async proxyOf(slot: Slot): Promise<SlotProxy> {
    const pod = `${slot.name.split("/").at(-1)}-${this.#proxies.length}`;
    const made = new SlotProxy(slot, `sidecar~127.0.0.1~${pod}.default~default.svc.cluster.local`);
    this.#proxies.push(made);
    await made.start();
    return made;
  }

  async stopProxies(): Promise<void> {
    for (const proxy of this.#proxies.splice(0)) await proxy.stop();
  }

  async slotOf(name: string): Promise<Slot | undefined> {
    const found = (await this.deployments.envoyFilters()).find(({ metadata }) => metadata?.name === `asmf-${name}`);
    const { spec } = (found ?? {}) as { spec?: { configPatches: { patch: { value: Slot } }[] } };
    return spec?.configPatches[0]?.patch.value;
  }
}
