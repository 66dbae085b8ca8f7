import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findOnPath } from "./go-binary.ts";
import { Process, removeFolder, temporaryFolder } from "./process.ts";

export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
  /** What the challenge calls the registry; `registry` by default. */
  readonly realm?: string;
}

/** Debian's docker-registry (distribution 2.8): plain HTTP, a password where one is asked for, deletes allowed, no referrers API. */
export class DockerRegistry {
  static readonly title = "docker-registry";

  static missing(): string | undefined {
    if (!path())
      return "docker-registry: install Debian's docker-registry, or name a binary in ASMFILTER_DOCKER_REGISTRY";
    if (!findOnPath("htpasswd")) return "htpasswd: install Debian's apache2-utils";
    return undefined;
  }

  readonly #credentials: RegistryCredentials | undefined;
  #process: Process | undefined;
  #folder: string | undefined;
  #address: string | undefined;

  /** With credentials it asks every caller for them (basic auth). */
  constructor(credentials?: RegistryCredentials) {
    this.#credentials = credentials;
  }

  /** `host:port`, as it begins a reference. */
  get address(): string {
    return this.#address!;
  }

  get running(): boolean {
    return this.#process?.running ?? false;
  }

  logs(): string {
    return this.#process?.logs() ?? "";
  }

  async start(): Promise<void> {
    const file = path();
    if (!file) throw new Error(DockerRegistry.missing());
    this.#folder ??= await temporaryFolder("docker-registry");
    const config = join(this.#folder, "config.yml");
    await writeFile(config, JSON.stringify(await this.#config(this.#folder)));
    const process = new Process({ title: DockerRegistry.title, file, args: ["serve", config] });
    const address = (): string | undefined => /listening on (127\.0\.0\.1:\d+)/.exec(process.logs())?.[1];
    await process.ready(() => address() !== undefined);
    this.#address = address();
    this.#process = process;
  }

  /** With `keep`, {@link start} brings it back at the same address with the same content. */
  async stop({ keep = false } = {}): Promise<void> {
    await this.#process?.stop(1_000);
    if (keep) return;
    await removeFolder(this.#folder);
    this.#folder = this.#address = undefined;
  }

  /** Its configuration is YAML, so JSON will do. */
  async #config(folder: string): Promise<object> {
    await mkdir(join(folder, "content"), { recursive: true });
    const storage = { filesystem: { rootdirectory: join(folder, "content") }, delete: { enabled: true } };
    const http = { addr: this.#address ?? "127.0.0.1:0" };
    const base = { version: 0.1, log: { level: "info" }, storage, http };
    if (!this.#credentials) return base;
    const passwords = join(folder, "htpasswd");
    const { username, password, realm = "registry" } = this.#credentials;
    // The registry knows bcrypt only, which Node's crypto does not have.
    execFileSync(findOnPath("htpasswd")!, ["-Bbc", passwords, username, password], { stdio: "ignore" });
    return { ...base, auth: { htpasswd: { realm, path: passwords } } };
  }
}

function path(): string | undefined {
  return [process.env.ASMFILTER_DOCKER_REGISTRY, findOnPath("docker-registry")].find(
    (file) => file && existsSync(file),
  );
}
