import type { LogRecord } from "../log.ts";
import { compileModule, type FilterModule } from "../module.ts";
import type { FailurePolicy, PluginConfiguration } from "../plugin-configuration.ts";
import type { Properties } from "../properties.ts";
import type { Metrics, SharedData } from "../shared/index.ts";
import { Vm, type VmOptions } from "../vm.ts";
import { configurationBytes, TestedFilter } from "./filter.ts";
import { readModule, rootIDOf } from "./module-file.ts";
import type { Service } from "./services.ts";
import { hostOf, SharedHost, type SharedOptions, type TestHost } from "./test-host.ts";
import { avoidInlinedWasm } from "./v8.ts";

/** How to run a filter; everything has a default. */
export interface FilterOptions {
  /** The plugin's configuration (a deployment's `parameters`): an object is passed as JSON, text and bytes as they are. */
  readonly config?: unknown;
  /** The VM's configuration, likewise. */
  readonly vmConfig?: unknown;
  /**
   * The clusters that the filter's upstreams are bound to, by name, as a deployment passes them: in the VM's configuration, in place
   * of `vmConfig`. A name that is not here is the cluster of that name.
   */
  readonly upstreams?: Readonly<Record<string, string>>;
  /** Scopes shared data and queues; empty where not given. */
  readonly vmID?: string;
  /** Which of the module's filters; else the first that the artifact's JSON beside the module names, else none. */
  readonly rootID?: string;
  /** Environment variables (a deployment's `env`). */
  readonly env?: Readonly<Record<string, string>>;
  /** What `proxy_get_property` finds: by path, with dots between its parts, or nested, where a dot is a part of the name. */
  readonly properties?: Properties;
  /** Answers requests: 200 with an empty body where not given. */
  readonly upstream?: Service;
  /** What becomes of streams once the filter has trapped; `FailClosed` where not given. */
  readonly failurePolicy?: FailurePolicy;
  /** Envoy's `allow_on_headers_stop_iteration`. */
  readonly allowOnHeadersStopIteration?: boolean;
  /** Bytes of a body that may wait in the filter (Envoy's `per_connection_buffer_limit_bytes`); 1 MiB where not given. */
  readonly bufferLimit?: number;
}

/** A VM that filters may share, as they do in Envoy: those with the same module, id, configuration and environment. */
interface SharedVm {
  readonly bytes: Uint8Array;
  readonly options: string;
  readonly module: FilterModule;
  readonly host: TestHost;
  vm: Promise<Vm> | undefined;
}

/**
 * A proxy for several filters, which share time, clusters, metrics, data and queues, and the VM where they are of one module and
 * have the same VM id, VM configuration and environment.
 *
 *     const proxy = createProxy();
 *     const sender = await proxy.load("build/sender.wasm", { vmID: "sender" });
 *     const receiver = await proxy.load("build/receiver.wasm", { vmID: "receiver" });
 */
export class TestProxy {
  readonly #shared: SharedHost;
  readonly #vms: SharedVm[] = [];

  constructor(options: SharedOptions) {
    this.#shared = new SharedHost(options);
  }

  /** All that the filters logged, and the proxy about them, in order. */
  get logs(): readonly LogRecord[] {
    return this.#shared.allLogs;
  }

  /** The metrics that the filters defined, by name. */
  get metrics(): Metrics {
    return this.#shared.metrics;
  }

  /** The data that filters share, by VM id and key. */
  get sharedData(): SharedData {
    return this.#shared.sharedData;
  }

  /** Loads a filter into this proxy; the errors are those of {@link load}. */
  async load(module: string | URL | Uint8Array, options: FilterOptions = {}): Promise<TestedFilter> {
    const bytes = module instanceof Uint8Array ? module : await readModule(module);
    const rootID = options.rootID ?? (module instanceof Uint8Array ? undefined : await rootIDOf(module)) ?? "";
    const configuration: PluginConfiguration = {
      name: rootID,
      rootID,
      configuration: configurationBytes(options.config),
      failurePolicy: options.failurePolicy ?? "FailClosed",
      allowOnHeadersStopIteration: options.allowOnHeadersStopIteration ?? false,
    };
    const vmOptions: VmOptions = {
      id: options.vmID ?? "",
      configuration: configurationBytes(options.upstreams ? { upstreams: options.upstreams } : options.vmConfig),
      environment: options.env ?? {},
    };
    const shared = await this.#vmFor(bytes, vmOptions);
    return TestedFilter.start(shared.host, shared.module, vmOptions, configuration, options, () =>
      this.#liveVm(shared, vmOptions),
    );
  }

  /** Lets time pass for all filters: ticks, delays of clusters, items that wait in queues. */
  async advance(ms: number): Promise<void> {
    await this.#shared.advance(ms);
  }

  async #vmFor(bytes: Uint8Array, vmOptions: VmOptions): Promise<SharedVm> {
    const options = JSON.stringify([vmOptions.id, [...vmOptions.configuration], vmOptions.environment]);
    const known = this.#vms.find((vm) => vm.options === options && isSame(vm.bytes, bytes));
    if (known) return known;
    const made = { bytes, options, module: await compileModule(bytes), host: hostOf(this.#shared), vm: undefined };
    this.#vms.push(made);
    return made;
  }

  /** The VM that runs, or, where there is none yet or it has failed, a new one. */
  async #liveVm(shared: SharedVm, vmOptions: VmOptions): Promise<Vm> {
    const running = await shared.vm;
    if (running && !running.failed) return running;
    shared.vm = Vm.start(shared.host, shared.module, vmOptions);
    return shared.vm;
  }
}

/** A proxy to load several filters into. */
export function createProxy(options: SharedOptions = {}): TestProxy {
  avoidInlinedWasm();
  return new TestProxy(options);
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left === right || (left.length === right.length && left.every((byte, i) => byte === right[i]));
}
