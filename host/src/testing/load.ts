import { readFile } from "node:fs/promises";
import type { LogLevel } from "../abi/index.ts";
import { AsmFilterError } from "../errors.ts";
import { compileModule } from "../module.ts";
import type { FailurePolicy } from "../plugin.ts";
import type { Properties } from "../properties.ts";
import { configurationBytes, TestedFilter } from "./filter.ts";
import type { Cluster, Service } from "./services.ts";
import { TestHost } from "./test-host.ts";

/** How to run the filter; everything has a default. */
export interface LoadOptions {
  /** The plugin's configuration (a deployment's `parameters`): an object is passed as JSON, text and bytes as they are. */
  readonly config?: unknown;
  /** The VM's configuration, likewise. */
  readonly vmConfig?: unknown;
  /** Which of the module's filters; else the first that the artifact's JSON beside the module names, else none. */
  readonly rootID?: string;
  /** Environment variables (a deployment's `env`). */
  readonly env?: Readonly<Record<string, string>>;
  /** What `proxy_get_property` finds: by dotted path or nested. */
  readonly properties?: Properties;
  /** Answers requests: 200 with an empty body where not given. */
  readonly upstream?: Service;
  /** The services that the filter may call, by cluster name. */
  readonly clusters?: Readonly<Record<string, Cluster>>;
  /** What becomes of streams once the filter has trapped; `FailClosed` where not given. */
  readonly failurePolicy?: FailurePolicy;
  /** Lines below it are not logged; `info` where not given, as in Envoy. */
  readonly logLevel?: LogLevel;
  /** Envoy's `allow_on_headers_stop_iteration`. */
  readonly allowOnHeadersStopIteration?: boolean;
  /** What time it is when the test begins; now where not given. */
  readonly now?: Date;
}

/**
 * Loads a filter to test it, from a file or its bytes, in any language.
 *
 *     const filter = await load("build/hello.wasm", { config: { header: "x-hello" } });
 *     const reply = await filter.request({ path: "/" });
 *     expect(reply.headers.get("x-hello")).toBe("world");
 *
 * @throws AsmFilterError `ASMF_MODULE_UNREADABLE`, `ASMF_MODULE_NOT_WASM`, `ASMF_MODULE_NOT_PROXY_WASM`, `ASMF_MODULE_LINK`,
 * `ASMF_FILTER_START_FAILED`, `ASMF_FILTER_CONFIGURATION_REFUSED`: where a proxy would not run it either.
 */
export async function load(module: string | URL | Uint8Array, options: LoadOptions = {}): Promise<TestedFilter> {
  const bytes = module instanceof Uint8Array ? module : await readModuleFile(module);
  const rootID = options.rootID ?? (module instanceof Uint8Array ? undefined : await rootIDOf(module)) ?? "";
  const host = new TestHost(options.logLevel ?? "info", options.clusters ?? {}, (options.now ?? new Date()).getTime());
  const vmOptions = { id: "", configuration: configurationBytes(options.vmConfig), environment: options.env ?? {} };
  const configuration = {
    name: rootID,
    rootID,
    configuration: configurationBytes(options.config),
    failurePolicy: options.failurePolicy ?? "FailClosed",
    allowOnHeadersStopIteration: options.allowOnHeadersStopIteration ?? false,
  } as const;
  const compiled = await compileModule(bytes);
  return TestedFilter.start(host, compiled, vmOptions, configuration, options.upstream ?? {}, options.properties ?? {});
}

async function readModuleFile(path: string | URL): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new AsmFilterError("ASMF_MODULE_UNREADABLE", `${path} cannot be read: ${(cause as Error).message}`, {
      hint: "Build the filter first (asmfilter build), and give the path from the folder that the test runs in.",
      cause,
    });
  }
}

/** The artifact's JSON, which the compiler writes beside the module, names the module's filters. */
async function rootIDOf(path: string | URL): Promise<string | undefined> {
  const metadata = path instanceof URL ? new URL(path) : path.replace(/\.wasm$/, ".json");
  if (metadata instanceof URL) metadata.pathname = metadata.pathname.replace(/\.wasm$/, ".json");
  try {
    const { rootIDs } = JSON.parse(await readFile(metadata, "utf8")) as { rootIDs?: unknown };
    return Array.isArray(rootIDs) && typeof rootIDs[0] === "string" ? rootIDs[0] : undefined;
  } catch {
    // Modules of other toolchains have no such file.
    return undefined;
  }
}
