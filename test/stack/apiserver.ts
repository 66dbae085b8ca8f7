import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { get } from "node:https";
import { join } from "node:path";
import { KubeConfig, type KubernetesObject } from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import type { Etcd } from "./etcd.ts";
import { type GoProgram, goBinary, goBinaryMissing } from "./go-binary.ts";
import { ObjectClient } from "./kube-objects.ts";
import { onFreePorts } from "./ports.ts";
import { Process, removeFolder, temporaryFolder } from "./process.ts";

const kubeAPIServer: GoProgram = {
  name: "kube-apiserver",
  module: "kube-apiserver",
  package: "k8s.io/kubernetes/cmd/kube-apiserver",
  version: "v1.34.4",
  // As `kubectl version` and clients that look at the server's version expect it.
  ldflags: [
    "-X k8s.io/component-base/version.gitVersion=v1.34.4",
    "-X k8s.io/component-base/version.gitMajor=1",
    "-X k8s.io/component-base/version.gitMinor=34",
  ].join(" "),
  override: "ASMFILTER_KUBE_APISERVER",
};

/**
 * A kube-apiserver on 127.0.0.1: production's own, with RBAC, CRDs, CEL, admission webhooks, server-side apply, watch.
 * There is no kubelet, scheduler or controller-manager: what these would write, a test writes.
 */
export class ApiServer {
  static readonly title = "kube-apiserver";

  static missing(): string | undefined {
    return fromAssets() ? undefined : goBinaryMissing(kubeAPIServer);
  }

  readonly #token = randomBytes(16).toString("hex");
  #process: Process | undefined;
  #folder: string | undefined;
  #port: number | undefined;
  #objects: ObjectClient | undefined;

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** The file of {@link config}, for programs. */
  get kubeconfig(): string {
    return join(this.#folder!, "kubeconfig");
  }

  /** An administrator's (`system:masters`), for clients in this process. */
  get config(): KubeConfig {
    const config = new KubeConfig();
    config.loadFromFile(this.kubeconfig);
    return config;
  }

  get running(): boolean {
    return this.#process?.running ?? false;
  }

  logs(): string {
    return this.#process?.logs() ?? "";
  }

  async start({ etcd }: { etcd: Etcd }): Promise<void> {
    const file = fromAssets() ?? (await goBinary(kubeAPIServer));
    this.#folder ??= await this.#prepare();
    const run = ([port]: readonly number[]): Promise<void> => this.#run(file, etcd, port!);
    await (this.#port ? run([this.#port]) : onFreePorts(1, run));
  }

  /** With `keep`, {@link start} brings it back at the same address with the same keys. */
  async stop({ keep = false } = {}): Promise<void> {
    // It would wait for the last watch to end.
    await this.#process?.stop(500);
    if (keep) return;
    await removeFolder(this.#folder);
    this.#folder = this.#port = undefined;
  }

  /**
   * Server-side apply of objects, or of the documents of a YAML text. Returns the objects as the server has them now.
   * The kinds of a CRD among them are served when it returns.
   */
  async apply(
    what: string | readonly KubernetesObject[],
    { fieldManager = "test", force = true } = {},
  ): Promise<KubernetesObject[]> {
    const objects = typeof what === "string" ? documents(what) : what;
    const api = this.#objects!;
    const applied = await Promise.all(objects.map((object) => api.apply(object, fieldManager, force)));
    await Promise.all(applied.filter(isCRD).map((crd) => this.#served(api, crd)));
    return applied;
  }

  /** The object as the server has it now; of the one given, kind, name and namespace are asked for. @throws when it is not there. */
  read(object: KubernetesObject): Promise<KubernetesObject> {
    return this.#objects!.read(object);
  }

  /** Writes a kubeconfig for another caller, a service account's token say, beside the administrator's, and returns its path. */
  async writeKubeconfig(name: string, token: string): Promise<string> {
    const path = join(this.#folder!, name);
    // The server's own certificate file ends with the authority that signed it.
    const ca = await readFile(join(this.#folder!, "apiserver.crt"), "base64");
    const config = {
      apiVersion: "v1",
      kind: "Config",
      "current-context": name,
      clusters: [{ name, cluster: { server: this.url, "certificate-authority-data": ca } }],
      users: [{ name, user: { token } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
    };
    await writeFile(path, JSON.stringify(config), { mode: 0o600 });
    return path;
  }

  async #prepare(): Promise<string> {
    const folder = await temporaryFolder("apiserver");
    const { privateKey, publicKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    await writeFile(join(folder, "service-account.key"), privateKey, { mode: 0o600 });
    await writeFile(join(folder, "service-account.pub"), publicKey);
    await writeFile(join(folder, "tokens.csv"), `${this.#token},admin,admin,"system:masters"\n`, { mode: 0o600 });
    return folder;
  }

  async #run(file: string, etcd: Etcd, port: number): Promise<void> {
    const folder = this.#folder!;
    this.#process = new Process({
      title: ApiServer.title,
      file,
      args: [
        ...[`--etcd-servers=${etcd.url}`, "--bind-address=127.0.0.1", `--secure-port=${port}`, `--cert-dir=${folder}`],
        "--service-account-issuer=https://kubernetes.default.svc",
        `--service-account-key-file=${join(folder, "service-account.pub")}`,
        `--service-account-signing-key-file=${join(folder, "service-account.key")}`,
        ...[`--token-auth-file=${join(folder, "tokens.csv")}`, "--authorization-mode=RBAC"],
        ...["--service-cluster-ip-range=10.0.0.0/24", "--allow-privileged=true"],
        // It waits for the default service account of a namespace, which the controller-manager would make.
        "--disable-admission-plugins=ServiceAccount",
        // Nobody but the test calls.
        ...["--enable-priority-and-fairness=false", "--profiling=false"],
      ],
    });
    await this.#process.ready(() => answersReady(port));
    this.#port = port;
    await this.writeKubeconfig("kubeconfig", this.#token);
    this.#objects = new ObjectClient(this.config);
  }

  async #served(api: ObjectClient, crd: KubernetesObject): Promise<void> {
    await this.#process!.ready(async () => {
      const status = (await api.read(crd)).status as { conditions?: { type: string; status: string }[] } | undefined;
      return status?.conditions?.some(({ type, status }) => type === "Established" && status === "True") ?? false;
    }, 20_000);
  }
}

function answersReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    // Its certificate is made while it starts: whether it is ready is all that is asked.
    const request = get({ host: "127.0.0.1", port, path: "/readyz", rejectUnauthorized: false, agent: false });
    request.on("response", (response) => resolve(response.resume().statusCode === 200));
    request.on("error", () => resolve(false));
  });
}

function documents(text: string): KubernetesObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0]!;
    return (document.toJS() as KubernetesObject | null) ?? [];
  });
}

function isCRD({ kind }: KubernetesObject): boolean {
  return kind === "CustomResourceDefinition";
}

function fromAssets(): string | undefined {
  const { KUBEBUILDER_ASSETS } = process.env;
  const file = KUBEBUILDER_ASSETS && join(KUBEBUILDER_ASSETS, "kube-apiserver");
  return file && existsSync(file) ? file : undefined;
}
