import { BufferType } from "./abi/index.ts";
import { GrpcCalls, HttpCalls } from "./calls/index.ts";
import { Context, type GuestBuffer } from "./context.ts";
import type { PluginConfiguration } from "./plugin-configuration.ts";
import type { PropertyValue } from "./properties.ts";
import type { Vm } from "./vm.ts";

/** One configured plugin inside a VM: the parent of its streams, and where ticks, queues and replies to calls arrive. */
export class RootContext extends Context {
  readonly plugin: PluginConfiguration;
  readonly calls = new HttpCalls(this);
  readonly grpc = new GrpcCalls(this);
  /** What `proxy_get_status` tells. */
  status: { code: number; message: string } = { code: 0, message: "" };
  #configuring = false;
  #created = false;
  #tickPeriod = 0;
  #cancelTick: (() => void) | undefined;

  constructor(vm: Vm, plugin: PluginConfiguration) {
    super(vm, vm.nextContextID());
    this.plugin = plugin;
    vm.add(this);
  }

  override get root(): RootContext {
    return this;
  }

  override buffer(type: number): GuestBuffer | undefined {
    if (type !== BufferType.PluginConfiguration) return super.buffer(type);
    return this.#configuring ? { bytes: this.plugin.configuration } : undefined;
  }

  override property(path: string): PropertyValue | undefined {
    if (path === "plugin_root_id") return this.plugin.rootID;
    if (path === "plugin_name") return this.plugin.name;
    return super.property(path);
  }

  /** Runs `proxy_on_context_create` and `proxy_on_vm_start`; false where the guest refused or trapped. */
  start(): boolean {
    const { proxy_on_context_create, proxy_on_vm_start } = this.vm.callbacks;
    if (proxy_on_context_create) {
      // The plugin's configuration is at hand in both of these callbacks, but not in proxy_on_vm_start (`onStart`).
      this.#configuring = true;
      this.vm.call(this, proxy_on_context_create, this.id, 0);
      this.#configuring = false;
    }
    this.#created = true;
    let accepted = true;
    if (proxy_on_vm_start) {
      accepted = this.vm.call(this, proxy_on_vm_start, this.id, this.vm.configuration.length) !== 0;
    }
    this.vm.afterCall();
    return accepted && !this.vm.failed;
  }

  /** Runs `proxy_on_configure`; false where the guest refused or trapped. */
  configure(): boolean {
    const { proxy_on_configure } = this.vm.callbacks;
    if (this.vm.failed) return false;
    if (!proxy_on_configure) return true;
    this.#configuring = true;
    const accepted = this.vm.call(this, proxy_on_configure, this.id, this.plugin.configuration.length) !== 0;
    this.vm.afterCall();
    this.#configuring = false;
    return accepted && !this.vm.failed;
  }

  /** Stops ticks and calls; the guest is told nothing. */
  abandon(): void {
    this.setTickPeriod(0);
    this.calls.abandon();
    this.grpc.abandon();
  }

  /** Runs `proxy_on_done` and, unless the guest wants to go on for a while, `proxy_on_delete`. */
  shutDown(): void {
    this.abandon();
    const { proxy_on_done } = this.vm.callbacks;
    let done = true;
    if (!this.vm.failed && proxy_on_done) {
      done = this.vm.call(this, proxy_on_done, this.id) !== 0;
      this.vm.afterCall();
    }
    if (done) this.delete();
    else this.vm.pendingDone.add(this);
  }

  delete(): void {
    const { proxy_on_delete } = this.vm.callbacks;
    if (this.#created && !this.vm.failed && proxy_on_delete) {
      this.vm.call(this, proxy_on_delete, this.id);
      this.vm.afterCall();
    }
    this.vm.remove(this);
  }

  /** Milliseconds between ticks; 0 is none. */
  setTickPeriod(period: number): void {
    this.#cancelTick?.();
    this.#cancelTick = undefined;
    this.#tickPeriod = period;
    if (period > 0) this.#cancelTick = this.vm.host.clock.after(period, () => this.#tick());
  }

  #tick(): void {
    this.#cancelTick = undefined;
    const { proxy_on_tick } = this.vm.callbacks;
    if (!this.vm.failed && proxy_on_tick) {
      this.vm.call(this, proxy_on_tick, this.id);
      this.vm.afterCall();
    }
    // The guest may have set another period meanwhile.
    if (this.#tickPeriod > 0 && !this.#cancelTick) this.setTickPeriod(this.#tickPeriod);
  }

  queueReady(queue: number): void {
    const { proxy_on_queue_ready } = this.vm.callbacks;
    if (this.vm.failed || !proxy_on_queue_ready || !this.vm.has(this)) return;
    this.vm.call(this, proxy_on_queue_ready, this.id, queue);
    this.vm.afterCall();
  }

  /** Runs `proxy_on_foreign_function`, in which the guest reads `data` as call data. Envoy itself never does; extensions of it do. */
  foreignFunction(id: number, data: Uint8Array): void {
    const { proxy_on_foreign_function } = this.vm.callbacks;
    if (this.vm.failed || !proxy_on_foreign_function) return;
    this.callData = data;
    this.vm.call(this, proxy_on_foreign_function, this.id, id, data.length);
    this.callData = undefined;
    this.vm.afterCall();
  }
}
