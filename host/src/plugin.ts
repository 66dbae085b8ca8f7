import { AsmFilterError } from "./errors.ts";
import type { Host } from "./host.ts";
import { HttpStream, type HttpStreamOptions } from "./http/index.ts";
import type { LogRecord } from "./log.ts";
import type { FilterModule } from "./module.ts";
import type { PluginConfiguration } from "./plugin-configuration.ts";
import { RootContext } from "./root-context.ts";
import { TcpConnection, type TcpConnectionOptions } from "./tcp/index.ts";
import { Vm, type VmOptions } from "./vm.ts";

/** Least milliseconds between two loads under FailReload (Envoy, source/extensions/common/wasm/plugin_config). */
const reloadInterval = 1000;

/** A filter as a proxy runs it: a module, a configuration, and the VM and root that are in use. */
export class Plugin {
  readonly #host: Host;
  readonly #startTrial: (log: Host["log"]) => Promise<Vm>;
  readonly #startVm: () => Promise<Vm>;
  #configuration: PluginConfiguration;
  #root: RootContext;
  #loadedAt: number;

  private constructor(
    host: Host,
    startTrial: (log: Host["log"]) => Promise<Vm>,
    startVm: () => Promise<Vm>,
    configuration: PluginConfiguration,
    root: RootContext,
  ) {
    this.#host = host;
    this.#startTrial = startTrial;
    this.#startVm = startVm;
    this.#configuration = configuration;
    this.#root = root;
    this.#loadedAt = host.clock.now();
  }

  /**
   * Starts a VM and configures a root in it.
   * @param shared finds or starts the VM instead, where plugins share one
   * @throws AsmFilterError `ASMF_MODULE_LINK`, `ASMF_FILTER_START_FAILED`, `ASMF_FILTER_CONFIGURATION_REFUSED`
   */
  static async start(
    host: Host,
    module: FilterModule,
    vmOptions: VmOptions,
    configuration: PluginConfiguration,
    shared?: () => Promise<Vm>,
  ): Promise<Plugin> {
    const startTrial = (log: Host["log"]): Promise<Vm> =>
      Vm.start(Object.assign(Object.create(host) as Host, { log }), module, vmOptions);
    const startVm = shared ?? (() => Vm.start(host, module, vmOptions));
    return new Plugin(host, startTrial, startVm, configuration, startRoot(await startVm(), configuration));
  }

  get root(): RootContext {
    return this.#root;
  }

  /**
   * Goes over to another configuration: a new root in the same VM, once a VM of its own has tried it out. Where that fails
   * the old configuration goes on.
   */
  async reconfigure(configuration: PluginConfiguration): Promise<void> {
    await this.#tryOut(configuration);
    const old = this.#root;
    this.#root = old.vm.failed ? await this.#load(configuration) : startRoot(old.vm, configuration);
    this.#configuration = configuration;
    old.shutDown();
  }

  /** Loads the module anew where the VM has failed and the policy wants it. To be awaited before each stream. */
  async heal(): Promise<void> {
    if (!this.#root.vm.failed || this.#configuration.failurePolicy !== "FailReload") return;
    if (this.#host.clock.now() - this.#loadedAt < reloadInterval) return;
    this.#root = await this.#load(this.#configuration);
  }

  /** A stream through the filter. */
  open(options: HttpStreamOptions): HttpStream {
    return new HttpStream(this.#rootForStreams(), options);
  }

  /** A TCP connection through the filter. */
  connect(options: TcpConnectionOptions): TcpConnection {
    return new TcpConnection(this.#rootForStreams(), options);
  }

  /** Undefined where streams are to pass without the filter. */
  #rootForStreams(): RootContext | undefined {
    return this.#root.vm.failed && this.#configuration.failurePolicy === "FailOpen" ? undefined : this.#root;
  }

  /** Ends the root: `proxy_on_done`, `proxy_on_delete`. */
  shutDown(): void {
    this.#root.shutDown();
  }

  /** Configures a VM that is then thrown away; what it logs matters only where it refuses. */
  async #tryOut(configuration: PluginConfiguration): Promise<void> {
    const logged: LogRecord[] = [];
    try {
      startRoot(await this.#startTrial((record) => logged.push(record)), configuration).abandon();
    } catch (error) {
      for (const record of logged) this.#host.log(record);
      throw error;
    }
  }

  async #load(configuration: PluginConfiguration): Promise<RootContext> {
    this.#loadedAt = this.#host.clock.now();
    return startRoot(await this.#startVm(), configuration);
  }
}

function startRoot(vm: Vm, configuration: PluginConfiguration): RootContext {
  const root = new RootContext(vm, configuration);
  if (!root.start()) {
    throw new AsmFilterError(
      "ASMF_FILTER_START_FAILED",
      `the filter did not start: ${vm.failure ?? "onVMStart refused"}`,
      {
        hint: "Look at what it logged; the proxy would not use the filter.",
      },
    );
  }
  if (!root.configure()) {
    const reason = vm.failure ?? "onConfigure returned false";
    throw new AsmFilterError("ASMF_FILTER_CONFIGURATION_REFUSED", `the filter refused its configuration: ${reason}`, {
      hint: "Correct the configuration; the proxy would reject it and, where there is one, go on with the old one.",
    });
  }
  return root;
}
