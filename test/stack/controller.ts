import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CoreV1Api } from "@kubernetes/client-node";
import type { ApiServer } from "./apiserver.ts";
import { onFreePorts } from "./ports.ts";
import { Process } from "./process.ts";

const root = join(import.meta.dirname, "..", "..");
const serviceAccount = { name: "asmfilter-controller", namespace: "asmfilter-system" };

/**
 * `asmfilter-controller` in a process of its own, as `deploy/` installs it: with that ServiceAccount's token, and so with no
 * more rights than its RBAC grants.
 */
export class Controller {
  #process: Process | undefined;
  #ports: readonly number[] | undefined;

  get running(): boolean {
    return this.#process?.running ?? false;
  }

  /** JSON lines. */
  logs(): string {
    return this.#process?.logs() ?? "";
  }

  /** Applies `deploy/`, and returns when the controller is ready. A second start is at the same address. */
  async start({ apiserver }: { apiserver: ApiServer }): Promise<void> {
    const kubeconfig = await install(apiserver);
    const run = (ports: readonly number[]): Promise<void> => this.#run(kubeconfig, ports);
    await (this.#ports ? run(this.#ports) : onFreePorts(2, run));
  }

  async stop(): Promise<void> {
    await this.#process?.stop(10_000);
  }

  /** Ends it this instant, as a crash of its machine would. */
  kill(): void {
    this.#process?.kill();
  }

  /** The value of a gauge or counter without labels; undefined where it is not there. */
  async metric(name: string): Promise<number | undefined> {
    const text = await (await fetch(`http://127.0.0.1:${this.#ports![1]}/metrics`)).text();
    const value = new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1];
    return value === undefined ? undefined : Number(value);
  }

  async #run(kubeconfig: string, ports: readonly number[]): Promise<void> {
    const [discovery, health] = ports as [number, number];
    this.#process = new Process({
      title: "asmfilter-controller",
      file: process.execPath,
      args: [
        join(root, "controller", "bin", "asmfilter-controller.js"),
        ...["--kubeconfig", kubeconfig, "--namespace", serviceAccount.namespace],
        ...["--listen", `127.0.0.1:${discovery}`, "--advertise", `127.0.0.1:${discovery}`],
        ...["--health", `127.0.0.1:${health}`, "--log-level", "debug"],
      ],
    });
    await this.#process.ready(async () => (await fetch(`http://127.0.0.1:${health}/readyz`)).ok, 30_000);
    this.#ports = ports;
  }
}

async function install(apiserver: ApiServer): Promise<string> {
  const crds = join(root, "deploy", "crds");
  for (const file of await readdir(crds)) await apiserver.apply(await readFile(join(crds, file), "utf8"));
  const manifest = await readFile(join(root, "deploy", "controller.yaml"), "utf8");
  // The namespace first: what is in it is applied at once.
  await apiserver.apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: serviceAccount.namespace } }]);
  await apiserver.apply(manifest);
  const request = { ...serviceAccount, body: { spec: { audiences: [], expirationSeconds: 3600 } } };
  const core = apiserver.config.makeApiClient(CoreV1Api);
  const { status } = await core.createNamespacedServiceAccountToken(request);
  return apiserver.writeKubeconfig("controller", status!.token);
}
