import { setTimeout as sleep } from "node:timers/promises";
import { KubeConfig } from "@kubernetes/client-node";
import type { Logger } from "pino";
import { type Address, advertised, hostAndPort, serviceName } from "./addresses.ts";
import { Caches } from "./caches.ts";
import { DiscoveryServer, ServingIdentity, tokenFor } from "./discovery/index.ts";
import { AsmFilterError } from "./errors.ts";
import { type HealthServer, serveHealth } from "./health.ts";
import { type Keys, loadKeys } from "./keys.ts";
import { Kube, KubeError, type KubeObject, keyOf, Rate, resources, WorkQueue, work } from "./kube/index.ts";
import { ModuleCache, Modules, type PullSecret } from "./modules/index.ts";
import {
  EnvoyFilterWriter,
  LastGood,
  Reconciler,
  Resolver,
  Revisions,
  resolverKeys,
  resourceOf,
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
  /** The domain of the cluster's Services. */
  readonly clusterDomain?: string;
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
  readonly addresses: { readonly discovery: Address; readonly health?: Address };
  /** Finishes what is under way, sends the proxies elsewhere, and ends. */
  stop(): Promise<void>;
}

const resyncEvery = 36_000_000;
// What is being written; pulls are ended, and wait for nothing.
const graceful = 10_000;
// An outage of the API server or of a webhook is over for a resource so long after it is over, at the latest.
const longestRetry = 30_000;
// The slot bounds a proxy's wait before it connects again to 5 s (render/direct.ts).
const settling = 15_000;

/**
 * Starts a controller in this process, and resolves when its caches are filled and proxies are answered.
 *
 *     const controller = await startController({ kubeconfig, namespace, listen: "127.0.0.1:0", advertise: "127.0.0.1", cache, log });
 *     await controller.stop();
 */
export async function startController(options: ControllerOptions): Promise<Controller> {
  const kube = new Kube(kubeConfigOf(options.kubeconfig));
  const keys = await persistently(() => loadKeys(kube, options.namespace), options.log);
  const cache = await ModuleCache.open(options.cache, options.cacheBytes ?? 2 ** 30);
  const running = await RunningController.listen(options, kube, keys, cache);
  await running.work();
  return running;
}

class RunningController implements Controller {
  readonly #options: ControllerOptions;
  readonly #kube: Kube;
  readonly #cache: ModuleCache;
  readonly #identity: ServingIdentity;
  readonly #caches = new Caches();
  readonly #queue = new WorkQueue({ base: 5, max: longestRetry });
  readonly #stopping = new AbortController();
  readonly #modules: Modules;
  readonly #resolver: Resolver;
  readonly #server: DiscoveryServer;
  readonly #counts = { reconciles: 0, errors: 0, seconds: 0 };
  #reconciler: Reconciler | undefined;
  #health: HealthServer | undefined;
  #ready = false;
  #done: Promise<void> = Promise.resolve();
  #resync: NodeJS.Timeout | undefined;
  #discovery: Address;

  private constructor(
    options: ControllerOptions,
    kube: Kube,
    keys: Keys,
    cache: ModuleCache,
    identity: ServingIdentity,
  ) {
    this.#options = options;
    this.#kube = kube;
    this.#cache = cache;
    this.#identity = identity;
    this.#discovery = hostAndPort(options.listen);
    this.#modules = new Modules(
      cache,
      (namespace, name) => kube.get<KubeObject & PullSecret>(resources.secrets, namespace, name),
      keys.tokenKey,
    );
    this.#resolver = new Resolver(this.#modules, {
      always: options.alwaysInterval ?? 300_000,
      onAnswer: (key) => this.#queue.add(resourceOf(key)),
    });
    this.#server = new DiscoveryServer({
      credentials: identity.credentials,
      tokenKey: keys.tokenKey,
      onEvidence: (key) => this.#queue.add(key),
      onError: (error, key) => this.#unreadable(error, key),
    });
  }

  /** Answers proxies from now on, with silence while nothing is known. */
  static async listen(
    options: ControllerOptions,
    kube: Kube,
    keys: Keys,
    cache: ModuleCache,
  ): Promise<RunningController> {
    const { namespace, log } = options;
    const { host } = advertised(options.advertise, namespace, 1);
    const service = serviceName(namespace);
    const hosts = [...new Set([host, service, `${service}.cluster.local`])];
    const identity = await ServingIdentity.create(keys.authority, hosts, (error) =>
      log.error({ error: String(error) }, "the serving certificate was not renewed"),
    );
    const made = new RunningController(options, kube, keys, cache, identity);
    await made.#listen(keys);
    return made;
  }

  get addresses(): Controller["addresses"] {
    return { discovery: this.#discovery, ...(this.#health && { health: this.#health.address }) };
  }

  /** Fills the caches and begins to reconcile. */
  async work(): Promise<void> {
    const { log, watch, workers = 8 } = this.#options;
    await this.#caches.fill(this.#kube, {
      namespace: watch,
      signal: this.#stopping.signal,
      enqueue: (key) => this.#queue.add(key),
      interrupted: (kind, error) => log.warn({ kind, error: String(error) }, "following was interrupted"),
    });
    this.#done = work(
      this.#queue,
      workers,
      (key) => this.#reconcile(key),
      (key, error, wait) => {
        this.#counts.errors += 1;
        log.warn({ key, error: String(error), wait }, "failed, and will be tried again");
      },
    );
    this.#resync = setInterval(() => this.#lookAtAll(), resyncEvery * (0.9 + Math.random() * 0.2));
    this.#ready = true;
    log.info({ deployments: this.#caches.deployments.size }, "ready");
  }

  async stop(): Promise<void> {
    this.#ready = false;
    clearInterval(this.#resync);
    this.#queue.close();
    this.#resolver.close();
    await this.#server.stop();
    await Promise.race([this.#done, sleep(graceful, undefined, { ref: false })]);
    this.#stopping.abort();
    this.#identity.close();
    await this.#health?.close();
    this.#kube.close();
  }

  async #listen(keys: Keys): Promise<void> {
    const { listen, health, namespace, advertise, log } = this.#options;
    const { host } = this.#discovery;
    const port = await this.#server.listen(listen);
    this.#discovery = { host, port };
    const { address } = advertised(advertise, namespace, port);
    this.#reconciler = this.#makeReconciler(settingsOf(this.#options, keys, address));
    if (health)
      this.#health = await serveHealth(hostAndPort(health), {
        ready: () => this.#ready,
        metrics: () => this.#metrics(),
      });
    log.info({ address, port }, "proxies are answered; filling the caches");
  }

  #makeReconciler(settings: Settings): Reconciler {
    const { writesPerSecond = 5, log } = this.#options;
    const { deployments, envoyFilters, pods } = this.#caches;
    const revisions = new Revisions(this.#kube, this.#caches.revisions);
    return new Reconciler({
      ...{ kube: this.#kube, server: this.#server, modules: this.#modules, resolver: this.#resolver },
      ...{ deployments, envoyFilters, pods, revisions, settings, log },
      lastGood: new LastGood(revisions, this.#resolver, this.#modules),
      writer: new EnvoyFilterWriter(this.#kube, new Rate(writesPerSecond, Math.ceil(writesPerSecond * 2))),
      settledAt: Date.now() + settling,
    });
  }

  async #reconcile(key: string): Promise<void> {
    const began = performance.now();
    try {
      const again = await this.#reconciler?.reconcile(key);
      if (again !== undefined) this.#queue.addAfter(key, again);
    } finally {
      this.#counts.reconciles += 1;
      this.#counts.seconds += (performance.now() - began) / 1000;
    }
  }

  #unreadable(error: unknown, key: string): void {
    this.#options.log.warn({ key, error: String(error) }, "the content could not be read; the module is fetched again");
    for (const each of resolverKeys(key)) this.#resolver.gone(each);
    this.#queue.add(key);
  }

  #lookAtAll(): void {
    for (const deployment of this.#caches.deployments.values()) this.#queue.add(keyOf(deployment));
  }

  #metrics(): Record<string, number> {
    return {
      asmfilter_reconcile_total: this.#counts.reconciles,
      asmfilter_reconcile_errors_total: this.#counts.errors,
      asmfilter_reconcile_seconds_total: this.#counts.seconds,
      asmfilter_workqueue_depth: this.#queue.depth,
      asmfilter_workqueue_active: this.#queue.active,
      asmfilter_deployments: this.#caches.deployments.size,
      asmfilter_discovery_streams: this.#server.streams,
      asmfilter_module_cache_bytes: this.#cache.bytes,
      process_resident_memory_bytes: process.memoryUsage.rss(),
    };
  }
}

function settingsOf(
  { rootNamespace, clusterDomain }: ControllerOptions,
  { authority, tokenKey }: Keys,
  address: string,
): Settings {
  return {
    address,
    ca: authority.certificate,
    token: ({ namespace, name, uid = "" }) => tokenFor(tokenKey, `${namespace}/${name}`, uid),
    ...(rootNamespace !== undefined && { rootNamespace }),
    ...(clusterDomain !== undefined && { clusterDomain }),
  };
}

function kubeConfigOf(given: string | KubeConfig | undefined): KubeConfig {
  const config = given instanceof KubeConfig ? given : new KubeConfig();
  try {
    if (typeof given === "string" && given !== "") config.loadFromFile(given);
    else if (!(given instanceof KubeConfig)) config.loadFromDefault();
    const server = config.getCurrentCluster()?.server;
    // What the library makes up where it finds nothing.
    if (server === undefined || server === "http://localhost:8080")
      throw new Error("there is no current context with a cluster");
  } catch (cause) {
    throw new AsmFilterError("ASMF_KUBECONFIG_INVALID", `the kubeconfig cannot be used: ${(cause as Error).message}`, {
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
