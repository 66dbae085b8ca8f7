import { randomInt } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { dirname, join } from "node:path";
import { CoreV1Api, CustomObjectsApi, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import type { ApiServer } from "./apiserver.ts";
import { EchoApp } from "./app.ts";
import { envoyBinary, envoyMissing } from "./envoy.ts";
import { type GoProgram, goBinary, goBinaryMissing } from "./go-binary.ts";
import { istioFiles, istioFilesMissing, istioVersion } from "./istio-files.ts";
import type { Istiod } from "./istiod.ts";
import { inboundPort, type PodIdentity, podLabel, podObjects, podStatus } from "./pod-objects.ts";
import { onFreePorts } from "./ports.ts";
import { Process, removeFolder, temporaryFolder } from "./process.ts";

const pilotAgent: GoProgram = {
  name: "pilot-agent",
  module: "istio",
  package: "istio.io/istio/pilot/cmd/pilot-agent",
  version: istioVersion,
  override: "ASMFILTER_PILOT_AGENT",
};

/** Below the agent's working folder. */
const bootstrapFile = "./var/lib/istio/envoy_bootstrap.json";

export interface PodOptions {
  readonly name: string;
  /** `default` by default; made when it is not there. */
  readonly namespace?: string;
  /** By default `app: <name>`. */
  readonly labels?: Readonly<Record<string, string>>;
  /** More of the agent's environment, such as `WASM_INSECURE_REGISTRIES`. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface PodRequest {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface PodReply {
  readonly status: number;
  /** Names in lower case; the values of a name that comes more than once are joined as HTTP says, by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * One pod of the mesh: the real istio-agent and a stock Envoy at a loopback address of their own, an {@link EchoApp} behind
 * them, and the Pod object in the API server.
 */
export class Pod {
  static readonly title = "istio-agent and Envoy";

  static missing(): string | undefined {
    // 127.0.0.0/8 is all loopback on Linux only.
    if (process.platform !== "linux") return "pods: need Linux";
    return goBinaryMissing(pilotAgent) ?? istioFilesMissing() ?? envoyMissing();
  }

  readonly identity: PodIdentity;
  readonly #env: Readonly<Record<string, string>>;
  #app: EchoApp | undefined;
  #process: Process | undefined;
  #folder: string | undefined;
  #ports: readonly number[] | undefined;
  #apiserver: ApiServer | undefined;

  constructor({ name, namespace = "default", labels = { app: name }, env = {} }: PodOptions) {
    const ip = `127.${randomInt(1, 255)}.${randomInt(255)}.${randomInt(1, 255)}`;
    this.identity = { name, namespace, ip, labels: { ...labels, [podLabel]: name } };
    this.#env = env;
  }

  /** What proxies call this one in their node id: `<name>.<namespace>`. */
  get proxyID(): string {
    return `${this.identity.name}.${this.identity.namespace}`;
  }

  /** The inbound listener: `host:port`. */
  get address(): string {
    return `${this.identity.ip}:${inboundPort}`;
  }

  get running(): boolean {
    return this.#process?.running ?? false;
  }

  /** The agent's log and its Envoy's, the latter at `info` for wasm and config. */
  logs(): string {
    return this.#process?.logs() ?? "";
  }

  /** Returns when Envoy takes requests at {@link address}. */
  async start({ apiserver, istiod }: { apiserver: ApiServer; istiod: Istiod }): Promise<void> {
    const [agent, envoy, { bootstrap }] = await Promise.all([goBinary(pilotAgent), envoyBinary(), istioFiles()]);
    this.#folder = await temporaryFolder("pod");
    await mkdir(join(this.#folder, dirname(bootstrapFile)), { recursive: true });
    await copyFile(bootstrap, join(this.#folder, bootstrapFile));
    this.#app = new EchoApp();
    await this.#write(apiserver, await this.#app.start());
    await onFreePorts(4, (ports) => this.#run(agent, envoy, istiod, ports));
  }

  /** Ends agent, Envoy and application, and deletes the pod from the API server, where that runs. */
  async stop(): Promise<void> {
    await this.#process?.stop(2_000);
    await this.#app?.stop();
    if (this.#apiserver?.running) await this.#delete(this.#apiserver);
    await removeFolder(this.#folder);
  }

  /** Sends a request through the inbound listener, on a connection of its own. @throws when the connection fails. */
  request({ path = "/", method = "GET", headers = {}, body }: PodRequest = {}): Promise<PodReply> {
    return new Promise((resolve, reject) => {
      const options = {
        host: this.identity.ip,
        port: inboundPort,
        path,
        method,
        headers,
        agent: false,
        timeout: 30_000,
      };
      const request = httpRequest(options, async (response) => {
        try {
          const chunks: Buffer[] = [];
          for await (const chunk of response) chunks.push(chunk);
          const joined = Object.entries(response.headersDistinct).map(([name, values]) => [name, values!.join(", ")]);
          const body = Buffer.concat(chunks).toString("utf8");
          resolve({ status: response.statusCode!, headers: Object.fromEntries(joined), body });
        } catch (error) {
          reject(error);
        }
      });
      request.on("timeout", () => request.destroy(new Error(`no answer from ${this.address} for 30 s`)));
      request.on("error", reject).end(body);
    });
  }

  /** An answer of Envoy's admin interface: `/config_dump`, `/stats?filter=wasm`. */
  async admin(path: string, method: "GET" | "POST" = "GET"): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.#ports![0]}${path}`, { method })).text();
  }

  /** The Prometheus text in which the agent joins its own metrics, Envoy's and the application's. */
  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.#ports![1]}/stats/prometheus`)).text();
  }

  async #run(agent: string, envoy: string, istiod: Istiod, ports: readonly number[]): Promise<void> {
    this.#process = new Process({
      title: `pod ${this.proxyID}`,
      file: agent,
      cwd: this.#folder!,
      args: [
        ...["proxy", "sidecar", "--domain", `${this.identity.namespace}.svc.cluster.local`],
        ...["--proxyLogLevel=warning", "--proxyComponentLogLevel=wasm:info,config:info"],
      ],
      env: { ...agentEnvironment(this.identity, ports, istiod, envoy), ...this.#env },
    });
    this.#ports = ports;
    await this.#process.ready(async () => (await this.#healthy()) && (await this.request()).status > 0);
  }

  /** The agent's own answer to a readiness probe: Envoy runs and has had its first listeners and clusters. */
  async #healthy(): Promise<boolean> {
    return (await fetch(`http://127.0.0.1:${this.#ports![1]}/healthz/ready`)).ok;
  }

  async #write(apiserver: ApiServer, appPort: number): Promise<void> {
    this.#apiserver = apiserver;
    const { name, namespace } = this.identity;
    await apiserver.apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }]);
    await apiserver.apply(podObjects(this.identity, appPort));
    const core = apiserver.config.makeApiClient(CoreV1Api);
    const merge = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
    await core.patchNamespacedPodStatus({ name, namespace, body: podStatus(this.identity) }, merge);
  }

  async #delete(apiserver: ApiServer): Promise<void> {
    const { name, namespace } = this.identity;
    const sidecar = { group: "networking.istio.io", version: "v1", plural: "sidecars", name, namespace };
    await apiserver.config.makeApiClient(CustomObjectsApi).deleteNamespacedCustomObject(sidecar);
    // No kubelet is there to confirm a graceful deletion.
    await apiserver.config.makeApiClient(CoreV1Api).deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 });
  }
}

/** What a sidecar injector and the downward API would set, with everything that can be below the agent's working folder. */
function agentEnvironment(
  { name, namespace, labels, ip }: PodIdentity,
  ports: readonly number[],
  istiod: Istiod,
  envoy: string,
): Record<string, string> {
  const [proxyAdminPort, statusPort, prometheusPort, envoyStatusPort] = ports;
  const proxyConfig = {
    discoveryAddress: istiod.discoveryAddress,
    controlPlaneAuthPolicy: "NONE",
    binaryPath: envoy,
    configPath: "./etc/istio/proxy",
    concurrency: 1,
    proxyAdminPort,
    statusPort,
    // What is gone from the configuration is gone from Envoy soon, not after 45 s.
    drainDuration: "2s",
    terminationDrainDuration: "1s",
  };
  return {
    // Or the agent would want a certificate authority; nobody asks for the certificates, which are not there.
    FILE_MOUNTED_CERTS: "true",
    POD_NAME: name,
    POD_NAMESPACE: namespace,
    INSTANCE_IP: ip,
    ISTIO_META_CLUSTER_ID: "Kubernetes",
    ISTIO_META_INTERCEPTION_MODE: "NONE",
    ISTIO_METAJSON_LABELS: JSON.stringify(labels),
    ISTIO_BOOTSTRAP: bootstrapFile,
    ENVOY_PROMETHEUS_PORT: String(prometheusPort),
    ENVOY_STATUS_PORT: String(envoyStatusPort),
    PROXY_CONFIG: JSON.stringify(proxyConfig),
  };
}

/** The folder in which the agent keeps the modules it fetches; it is not configurable (istio pkg/config/constants: IstioDataDir). Without it delivery Registry denies every request. */
export const agentModuleFolder = {
  title: "the istio-agent's module folder",
  missing(): string | undefined {
    const folder = "/var/lib/istio/data";
    try {
      mkdirSync(folder, { recursive: true });
    } catch {
      // Not root: the reason below says so.
    }
    return existsSync(folder)
      ? undefined
      : `the istio-agent keeps modules in ${folder}: make that folder, writable for you`;
  },
};
