import { existsSync } from "node:fs";
import { join } from "node:path";
import { findOnPath } from "./go-binary.ts";
import { onFreePorts } from "./ports.ts";
import { Process, removeFolder, temporaryFolder } from "./process.ts";

/** etcd with one member on 127.0.0.1, for one API server. */
export class Etcd {
  static readonly title = "etcd";

  static missing(): string | undefined {
    return path()
      ? undefined
      : "etcd: install Debian's etcd-server, or name a binary in ASMFILTER_ETCD or KUBEBUILDER_ASSETS";
  }

  #process: Process | undefined;
  #folder: string | undefined;
  #ports: readonly number[] | undefined;

  /** Where clients reach it. */
  get url(): string {
    return `http://127.0.0.1:${this.#ports![0]}`;
  }

  get running(): boolean {
    return this.#process?.running ?? false;
  }

  logs(): string {
    return this.#process?.logs() ?? "";
  }

  async start(): Promise<void> {
    this.#folder ??= await temporaryFolder("etcd");
    this.#process = this.#ports ? await this.#run(this.#ports) : await onFreePorts(2, (ports) => this.#run(ports));
  }

  /** With `keep`, {@link start} brings it back at the same address with the same content. */
  async stop({ keep = false } = {}): Promise<void> {
    await this.#process?.stop(1_000);
    if (keep) return;
    await removeFolder(this.#folder);
    this.#folder = this.#ports = undefined;
  }

  async #run(ports: readonly number[]): Promise<Process> {
    const [client, peer] = ports.map((port) => `http://127.0.0.1:${port}`) as [string, string];
    const file = path();
    if (!file) throw new Error(Etcd.missing());
    const process = new Process({
      title: Etcd.title,
      file,
      args: [
        ...["--name=default", `--data-dir=${this.#folder}`],
        ...[`--listen-client-urls=${client}`, `--advertise-client-urls=${client}`],
        ...[`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`, `--initial-cluster=default=${peer}`],
      ],
    });
    await process.ready(async () => (await fetch(`${client}/health`)).ok);
    this.#ports = ports;
    return process;
  }
}

function path(): string | undefined {
  const { ASMFILTER_ETCD, KUBEBUILDER_ASSETS } = process.env;
  const assets = KUBEBUILDER_ASSETS && join(KUBEBUILDER_ASSETS, "etcd");
  return [ASMFILTER_ETCD, assets, findOnPath("etcd")].find((file) => file && existsSync(file)) || undefined;
}
