import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { KubernetesObject } from "@kubernetes/client-node";
import type { ApiServer } from "./apiserver.ts";
import { type GoProgram, goBinary, goBinaryMissing } from "./go-binary.ts";
import { istioFiles, istioFilesMissing, istioVersion } from "./istio-files.ts";
import { onFreePorts } from "./ports.ts";
import { Process, removeFolder, temporaryFolder } from "./process.ts";

const pilotDiscovery: GoProgram = {
  name: "pilot-discovery",
  module: "istio",
  package: "istio.io/istio/pilot/cmd/pilot-discovery",
  version: istioVersion,
  override: "ASMFILTER_PILOT_DISCOVERY",
};

/** Istio's control plane. It reads the API server it is given and serves xDS, in plain text, to the agents of {@link Pod}. */
export class Istiod {
  static readonly title = "istiod";

  static missing(): string | undefined {
    return goBinaryMissing(pilotDiscovery) ?? istioFilesMissing();
  }

  #process: Process | undefined;
  #folder: string | undefined;
  #ports: readonly number[] | undefined;

  /** Where agents get their configuration: `host:port`. */
  get discoveryAddress(): string {
    return `127.0.0.1:${this.#ports![0]}`;
  }

  get running(): boolean {
    return this.#process?.running ?? false;
  }

  logs(): string {
    return this.#process?.logs() ?? "";
  }

  /** Applies Istio's CRDs, makes istio-system and turns mutual TLS off in the mesh: the pods have no certificates. */
  async start({ apiserver }: { apiserver: ApiServer }): Promise<void> {
    const file = await goBinary(pilotDiscovery);
    if (!this.#folder) {
      this.#folder = await temporaryFolder("istiod");
      await prepare(apiserver);
    }
    const run = (ports: readonly number[]): Promise<void> => this.#run(file, apiserver, ports);
    await (this.#ports ? run(this.#ports) : onFreePorts(4, run));
  }

  /** With `keep`, {@link start} brings it back at the same address. */
  async stop({ keep = false } = {}): Promise<void> {
    await this.#process?.stop(1_000);
    if (keep) return;
    await removeFolder(this.#folder);
    this.#folder = this.#ports = undefined;
  }

  /** An answer of istiod's debug interface: `/debug/syncz`, `/debug/config_dump?proxyID=…`. */
  async debug(path: string): Promise<unknown> {
    return (await fetch(`http://127.0.0.1:${this.#ports![1]}${path}`)).json();
  }

  async #run(file: string, apiserver: ApiServer, ports: readonly number[]): Promise<void> {
    const [grpc, http, https, monitoring] = ports.map((port) => `127.0.0.1:${port}`);
    const mesh = join(this.#folder!, "mesh.yaml");
    const defaultConfig = { discoveryAddress: grpc, controlPlaneAuthPolicy: "NONE" };
    await writeFile(mesh, JSON.stringify({ enableAutoMtls: false, defaultConfig }));
    this.#process = new Process({
      title: Istiod.title,
      file,
      // Its self-made certificates go below the working folder.
      cwd: this.#folder!,
      args: [
        ...["discovery", "--kubeconfig", apiserver.kubeconfig, "--meshConfig", mesh],
        ...["--grpcAddr", grpc!, "--httpAddr", http!, "--httpsAddr", https!, "--secureGRPCAddr", ""],
        ...["--monitoringAddr", monitoring!, "--ctrlz_port", "0"],
      ],
      env: {
        // Filters that only Istio's own build of Envoy has.
        PILOT_ENABLE_METADATA_EXCHANGE: "false",
        PILOT_ENABLE_ALPN_FILTER: "false",
        POD_NAMESPACE: "istio-system",
        POD_NAME: "istiod",
        CLUSTER_ID: "Kubernetes",
        // Its name as a revision, by which it finds its webhook.
        REVISION: "default",
        // A name for the certificate of its webhook, by which the API server can reach it.
        ISTIOD_CUSTOM_HOST: "localhost",
      },
    });
    await this.#process.ready(async () => (await fetch(`http://${http}/ready`)).ok);
    this.#ports = ports;
    await this.#validates(apiserver, ports[2]!);
  }

  /** Registers its webhook; istiod itself then adds its CA, and makes failures count, once the webhook answers. */
  async #validates(apiserver: ApiServer, httpsPort: number): Promise<void> {
    const webhook = validatingWebhook(httpsPort);
    await apiserver.apply([webhook]);
    await this.#process!.ready(async () => {
      const { webhooks } = (await apiserver.read(webhook)) as typeof webhook;
      return webhooks[0]!.failurePolicy === "Fail";
    });
  }
}

async function prepare(apiserver: ApiServer): Promise<void> {
  const crds = JSON.parse(await readFile((await istioFiles()).crds, "utf8")) as KubernetesObject[];
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "istio-system" } };
  await apiserver.apply([namespace, ...crds]);
  // In the root namespace, so for the whole mesh. Without it inbound listeners wait for certificates.
  const mtls = {
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name: "default", namespace: "istio-system" },
    spec: { mtls: { mode: "DISABLE" } },
  };
  await apiserver.apply([mtls]);
}

/** As Istio's charts have it (`validatingwebhookconfiguration.yaml`), but at an address, and for objects of every revision. */
function validatingWebhook(httpsPort: number) {
  const groups = ["security.istio.io", "networking.istio.io", "telemetry.istio.io", "extensions.istio.io"];
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: "istio-validator-istio-system", labels: { app: "istiod", "istio.io/rev": "default" } },
    webhooks: [
      {
        name: "validation.istio.io",
        clientConfig: { url: `https://localhost:${httpsPort}/validate` },
        rules: [{ operations: ["CREATE", "UPDATE"], apiGroups: groups, apiVersions: ["*"], resources: ["*"] }],
        failurePolicy: "Ignore",
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
      },
    ],
  };
}
