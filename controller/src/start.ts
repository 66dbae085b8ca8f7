import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { KubeConfig } from "@kubernetes/client-node";
import type { Logger } from "pino";
import { DiscoveryServer, ServingIdentity, tokenFor } from "./discovery/index.ts";
import { AsmFilterError } from "./errors.ts";
import { serveHealth } from "./health.ts";
import { type Keys, loadKeys } from "./keys.ts";
import {
  type FollowOptions,
  follow,
  Kube,
  KubeError,
  type KubeObject,
  keyOf,
  Rate,
  resources,
  Store,
  WorkQueue,
  work,
} from "./kube/index.ts";
import { ModuleCache, Modules, type PullSecret } from "./modules/index.ts";
import { hostAndPort } from "./options.ts";
import {
  ownerKey,
  type PodMeta,
  parseSelector,
  type RawDeployment,
  Reconciler,
  Resolver,
  Revisions,
  revisionSelector,
  type SmallEnvoyFilter,
  selects,
  small,
} from "./reconcile/index.ts";
import type { Settings } from "./render/index.ts";

/** What a controller is started with. Times are milliseconds. */
export interface ControllerOptions {
  /** A file, or what was made of one; default: the service account in a cluster, else `~/.kube/config`. */
  readonly kubeconfig?: string | KubeConfig | undefined;
  /** The controller's own namespace, where its Secret is. */
  readonly namespace: string;
  /** Looks after this namespace only. */
  readonly watch?: string | undefined;
  /** `HOST:PORT` where proxies are answered; port 0 takes a free one. */
  readonly listen: string;
  /** `HOST[:PORT]` by which proxies reach it, the port that of `listen` if absent. Default: `asmfilter-controller.NAMESPACE.svc`. */
  readonly advertise?: string | undefined;
  /** `HOST:PORT` of the health server; without it there is none. */
  readonly health?: string | undefined;
  /** Folder that modules are kept in, and how many bytes of them. */
  readonly cache: string;
  readonly cacheBytes?: number;
  readonly rootNamespace?: string;
  /** EnvoyFilters written per second, on average. */
  readonly writesPerSecond?: number;
  /** Between two looks at a tag with `imagePullPolicy: Always`. */
  readonly alwaysInterval?: number;
  /** How many resources are worked on at a time. */
  readonly workers?: number;
  readonly log: Logger;
}

/** A controller that runs. */
export interface Controller {
  readonly addresses: { readonly discovery: string; readonly health?: string };
  /** Finishes what is under way, sends the proxies elsewhere, and ends. */
  stop(): Promise<void>;
}

const resyncEvery = 36_000_000;
const graceful = 30_000;

/**
 * Starts a controller in this process, and resolves when its caches are filled and proxies are answered.
 *
 *     const controller = await startController({ kubeconfig, namespace, listen: "127.0.0.1:0", advertise: "127.0.0.1", cache, log });
 *     await controller.stop();
 */
export async function startController(options: ControllerOptions): Promise<Controller> {
  const { log } = options;
  const stopping = new AbortController();
  const kube = new Kube(kubeConfigOf(options.kubeconfig));
  const keys = await persistently(() => loadKeys(kube, options.namespace), log);
  const queue = new WorkQueue();
  const advertised = advertisedHost(options);
  const identity = await ServingIdentity.create(keys.authority, hostsOf(options, advertised.host), (error) =>
    log.error({ error: String(error) }, "the serving certificate was not renewed"),
  );
  const server = new DiscoveryServer({
    credentials: identity.credentials,
    tokenKey: keys.tokenKey,
    onEvidence: (key) => queue.add(key),
    onError: (error, key) => {
      log.warn({ key, error: String(error) }, "the content could not be read; the module is fetched again");
      parts.resolver.forget(key);
      queue.add(key);
    },
  });
  const port = await server.listen(options.listen);
  const settings = settingsOf(options, keys, `${advertised.host}:${advertised.port ?? port}`);
  const parts = await assemble(kube, server, settings, options, keys);
  const counts = { reconciles: 0, errors: 0, seconds: 0 };
  let ready = false;
  const health = options.health && (await serveHealth(hostAndPort(options.health), vitals()));

  log.info({ discovery: settings.address, port }, "proxies are answered; filling the caches");
  await synced(kube, parts, queue, options, stopping.signal);
  const done = work(queue, options.workers ?? 8, reconcile, (key, error, wait) => {
    counts.errors += 1;
    log.warn({ key, error: String(error), wait }, "failed, and will be tried again");
  });
  const resync = setInterval(() => resyncAll(), resyncEvery * (0.9 + Math.random() * 0.2));
  resync.unref();
  ready = true;
  log.info({ deployments: parts.deployments.size }, "ready");

  async function reconcile(key: string): Promise<void> {
    const began = performance.now();
    try {
      const again = await parts.reconciler.reconcile(key);
      if (again !== undefined) queue.addAfter(key, again);
    } finally {
      counts.reconciles += 1;
      counts.seconds += (performance.now() - began) / 1000;
    }
  }

  function resyncAll(): void {
    for (const deployment of parts.deployments.values()) queue.add(keyOf(deployment));
  }

  function vitals() {
    return {
      ready: () => ready,
      metrics: () => ({
        asmfilter_reconcile_total: counts.reconciles,
        asmfilter_reconcile_errors_total: counts.errors,
        asmfilter_reconcile_seconds_total: counts.seconds,
        asmfilter_workqueue_depth: queue.depth,
        asmfilter_workqueue_active: queue.active,
        asmfilter_deployments: parts.deployments.size,
        asmfilter_discovery_streams: server.streams,
        asmfilter_module_cache_bytes: parts.cache.bytes,
        process_resident_memory_bytes: process.memoryUsage.rss(),
      }),
    };
  }

  async function stop(): Promise<void> {
    ready = false;
    clearInterval(resync);
    queue.close();
    await Promise.race([done, sleep(graceful, undefined, { ref: false })]);
    stopping.abort();
    await server.stop();
    identity.close();
    if (health) await new Promise((resolve) => health.close(resolve));
    kube.close();
  }

  const discovery = `${hostAndPort(options.listen).host}:${port}`;
  return { addresses: { discovery, ...(health && { health: addressOf(health) }) }, stop };
}

type Parts = Awaited<ReturnType<typeof assemble>>;

async function assemble(
  kube: Kube,
  server: DiscoveryServer,
  settings: Settings,
  options: ControllerOptions,
  keys: Keys,
) {
  const deployments = new Store<RawDeployment>();
  const envoyFilters = new Store<SmallEnvoyFilter>();
  const revisionMetas = new Store<KubeObject>();
  const pods = new Store<PodMeta>();
  const cache = await ModuleCache.open(options.cache, options.cacheBytes ?? 2 ** 30);
  const readSecret = (namespace: string, name: string): Promise<(PullSecret & KubeObject) | undefined> =>
    kube.get(resources.secrets, namespace, name);
  const modules = new Modules(cache, readSecret, keys.tokenKey);
  const resolver = new Resolver(modules, options.alwaysInterval ?? 300_000);
  const revisions = new Revisions(kube, revisionMetas);
  const perSecond = options.writesPerSecond ?? 5;
  const reconciler = new Reconciler({
    kube,
    deployments,
    envoyFilters,
    pods,
    server,
    modules,
    resolver,
    revisions,
    settings,
    writes: new Rate(perSecond, Math.ceil(perSecond * 2)),
    log: options.log,
  });
  return { deployments, envoyFilters, revisionMetas, pods, cache, resolver, reconciler };
}

/** Fills the stores, and has every change of them put the resources that it concerns into the queue. */
async function synced(
  kube: Kube,
  parts: Parts,
  queue: WorkQueue,
  { watch: namespace, log }: ControllerOptions,
  signal: AbortSignal,
): Promise<void> {
  const { deployments, envoyFilters, revisionMetas, pods } = parts;
  deployments.subscribe(({ before, after }) => queue.add(keyOf((after ?? before)!)));
  for (const store of [envoyFilters, revisionMetas]) {
    store.subscribe(({ before, after }) => {
      const owner = ownerKey((after ?? before)!);
      if (owner !== undefined) queue.add(owner);
    });
  }
  pods.subscribe(({ before, after }) => {
    for (const key of concerned(before, after, deployments)) queue.add(key);
  });
  const start = <T extends KubeObject>(store: Store<T>, follows: Omit<FollowOptions<T>, "signal">): Promise<void> =>
    follow(kube, store, {
      ...follows,
      namespace,
      signal,
      failed: (error) => log.warn({ kind: follows.type.kind, error: String(error) }, "following was interrupted"),
    });
  await Promise.all([
    start(deployments, { type: resources.deployments }),
    start(envoyFilters, { type: resources.envoyFilters, labelSelector: revisionSelector, trim: small }),
    start(revisionMetas, { type: resources.revisions, labelSelector: revisionSelector, metadataOnly: true }),
    start(pods, {
      type: resources.pods,
      metadataOnly: true,
      fieldSelector: "status.phase!=Succeeded,status.phase!=Failed",
      trim: podOnly,
    }),
  ]);
}

/** The resources that select a pod before or after a change that matters. */
function* concerned(
  before: PodMeta | undefined,
  after: PodMeta | undefined,
  deployments: Store<RawDeployment>,
): Generator<string> {
  const { metadata } = (after ?? before)!;
  const labels = [before, after].map((pod) => pod?.metadata.labels ?? {});
  const leaving = before?.metadata.deletionTimestamp === undefined && after?.metadata.deletionTimestamp !== undefined;
  const same = before !== undefined && after !== undefined && !leaving;
  if (same && JSON.stringify(labels[0]) === JSON.stringify(labels[1])) return;
  for (const deployment of deployments.within(metadata.namespace ?? "")) {
    const selector = parseSelector(deployment);
    if (labels.some((each) => selects(selector, each))) yield keyOf(deployment);
  }
}

function podOnly({ metadata }: PodMeta): PodMeta {
  const { name, namespace, resourceVersion, labels, deletionTimestamp } = metadata;
  const kept = { name, namespace, resourceVersion, labels, deletionTimestamp };
  return {
    metadata: Object.fromEntries(
      Object.entries(kept).filter(([, value]) => value !== undefined),
    ) as unknown as PodMeta["metadata"],
  };
}

function settingsOf({ rootNamespace }: ControllerOptions, { authority, tokenKey }: Keys, address: string): Settings {
  return {
    address,
    ca: authority.certificate,
    token: (namespace, name) => tokenFor(tokenKey, `${namespace}/${name}`),
    ...(rootNamespace !== undefined && { rootNamespace }),
  };
}

function advertisedHost({ advertise, namespace }: ControllerOptions): { host: string; port?: number } {
  const text = advertise || `asmfilter-controller.${namespace}.svc`;
  return /:\d+$/.test(text) ? hostAndPort(text) : { host: text };
}

function hostsOf({ namespace }: ControllerOptions, advertised: string): string[] {
  const service = `asmfilter-controller.${namespace}.svc`;
  return [...new Set([advertised, service, `${service}.cluster.local`])];
}

function kubeConfigOf(given: string | KubeConfig | undefined): KubeConfig {
  if (given instanceof KubeConfig) return given;
  const config = new KubeConfig();
  try {
    if (given) config.loadFromFile(given);
    else config.loadFromDefault();
  } catch (cause) {
    throw new AsmFilterError("ASMF_KUBECONFIG_INVALID", `the kubeconfig cannot be read: ${(cause as Error).message}`, {
      hint: "Name one with --kubeconfig or KUBECONFIG; in a cluster none is needed.",
      cause,
    });
  }
  return config;
}

/** Waits for an API server that is not there yet; what it says no to is final. */
async function persistently<T>(attempt: () => Promise<T>, log: Logger): Promise<T> {
  for (let wait = 500; ; wait = Math.min(wait * 2, 10_000)) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof AsmFilterError || (error instanceof KubeError && error.status < 500)) throw error;
      log.warn({ error: String(error), wait }, "the API server cannot be reached yet");
      await sleep(wait);
    }
  }
}

function addressOf(server: Server): string {
  const { address, port } = server.address() as AddressInfo;
  return `${address}:${port}`;
}
