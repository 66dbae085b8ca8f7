import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Envoy, removeFolder, temporaryFolder } from "../../stack/index.ts";
import { listener, listenerOf } from "../same-answer/envoy-config.ts";
import { guestLines } from "../same-answer/envoy-log.ts";
import { buildFilters } from "../same-answer/sdk-filters.ts";

/** A filter of the module in a listener of its own. */
export interface Plugin {
  readonly rootID: string;
  /** Names the listener, the VM and the cluster behind; the root id where not given. */
  readonly name?: string;
  readonly config?: unknown;
  readonly env?: Readonly<Record<string, string>>;
  readonly failurePolicy?: "FailClosed" | "FailOpen" | "FailReload";
  /** Whether clients may send metadata frames of HTTP/2. */
  readonly allowMetadata?: boolean;
}

export interface Cluster {
  readonly name: string;
}

/** What stands around the filters. */
export interface Surroundings {
  /** More files of the module, by name; filters may be in them, too. */
  readonly files?: Readonly<Record<string, string>>;
  /** Of the filters; `http` where not given. */
  readonly type?: "http" | "network";
  /** A listener for each. */
  readonly plugins?: readonly Plugin[];
  /** A plugin without a cluster of its name has an upstream that answers 503. */
  readonly clusters?: readonly Cluster[];
  /** Listeners of other kinds, made of the file that holds the module. */
  readonly listeners?: (module: string) => readonly object[];
  readonly componentLogLevel?: string;
  /** More of the bootstrap, `stats_config` say. */
  readonly bootstrap?: object;
}

/**
 * Filters that are written with the SDK, in an Envoy.
 *
 *     const envoy = await FiltersInEnvoy.start(source, { plugins: [{ rootID: "auth" }], clusters: [cluster("users", port)] });
 *     await send(await envoy.port("auth"), { path: "/" });
 *     expect(envoy.lines("auth")).toEqual(["info: …"]);
 */
export class FiltersInEnvoy {
  readonly #envoy: Envoy;
  readonly #folder: string;

  private constructor(envoy: Envoy, folder: string) {
    this.#envoy = envoy;
    this.#folder = folder;
  }

  /** @param source the text of `assembly/index.ts`, with one filter or several */
  static async start(source: string, around: Surroundings): Promise<FiltersInEnvoy> {
    const wasm = await buildFilters({ filters: source, ...around.files }, around.type);
    const folder = await temporaryFolder("sdk");
    const module = join(folder, "filters.wasm");
    await writeFile(module, wasm);
    const listeners = (around.plugins ?? []).map(({ name, allowMetadata, ...plugin }) => {
      const made = listener(name ?? plugin.rootID, module, { name: "", steps: [], ...plugin });
      return allowMetadata ? withMetadata(made as HttpListener) : made;
    });
    const clusters = around.clusters ?? [];
    const missing = ["ping", ...(around.plugins ?? []).map(({ name, rootID }) => name ?? rootID)].filter(
      (wanted) => !clusters.some(({ name }) => name === wanted),
    );
    const envoy = new Envoy({
      static: {
        clusters: [...clusters, ...missing.map((name) => ({ name, type: "STATIC" }))],
        listeners: [
          ...listeners.map((each) => ({ ...each, "@type": undefined })),
          ...(around.listeners?.(module) ?? []),
          listenerOf("ping", []),
        ],
      },
      ...(around.bootstrap && { bootstrap: around.bootstrap }),
      ...(around.componentLogLevel && { componentLogLevel: around.componentLogLevel }),
    });
    const filters = new FiltersInEnvoy(envoy, folder);
    try {
      await envoy.start();
      // The one worker answers, by 404, 503 or whatever, when it has started all filters.
      await fetch(`http://127.0.0.1:${await envoy.port("ping")}`);
      return filters;
    } catch (error) {
      await filters.stop();
      throw error;
    }
  }

  get running(): boolean {
    return this.#envoy.running;
  }

  port(listener: string): Promise<number> {
    return this.#envoy.port(listener);
  }

  logs(): string {
    return this.#envoy.logs();
  }

  /** What the guests of a plugin logged since the start, as `level: text`. */
  lines(plugin: string): string[] {
    return guestLines(this.#envoy.logs()).get(plugin) ?? [];
  }

  /** Statistics that are used, by name. @param filter a regular expression */
  async stats(filter: string): Promise<Record<string, number>> {
    const text = await this.#envoy.admin(`/stats?usedonly&filter=${encodeURIComponent(filter)}`);
    const lines = text.split("\n").filter((line) => /: \d+$/.test(line));
    return Object.fromEntries(lines.map((line) => line.split(": ")).map(([name = "", value]) => [name, Number(value)]));
  }

  admin(path: string, method: "GET" | "POST" = "GET"): Promise<string> {
    return this.#envoy.admin(path, method);
  }

  async stop(): Promise<void> {
    await this.#envoy.stop();
    await removeFolder(this.#folder);
  }
}

interface HttpListener {
  readonly filter_chains: readonly { readonly filters: readonly { typed_config: object }[] }[];
}

function withMetadata(listener: HttpListener): object {
  for (const filter of listener.filter_chains.flatMap(({ filters }) => filters)) {
    filter.typed_config = { ...filter.typed_config, http2_protocol_options: { allow_metadata: true } };
  }
  return listener;
}
