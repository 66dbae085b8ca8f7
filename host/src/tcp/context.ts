import { BufferType, Status, StreamType } from "../abi/index.ts";
import type { Body } from "../body.ts";
import type { GuestCallback } from "../callbacks.ts";
import { Context, type GuestBuffer } from "../context.ts";
import type { FilterState } from "../filter-state.ts";
import type { PropertyValue } from "../properties.ts";
import type { RootContext } from "../root-context.ts";

/** What the guest's half of a connection needs of the connection around it. */
export interface ConnectionControl {
  readonly filterState: FilterState;
  /** Lets go on what a callback of the downstream held. */
  continueReading(): void;
  /** Closes the client's connection, once it has what was written to it. */
  close(): void;
  property(path: string): PropertyValue | undefined;
}

/** Who ended a connection, as the guest is told. */
export const PeerType = { Unknown: 0, Local: 1, Remote: 2 } as const;
export type PeerType = (typeof PeerType)[keyof typeof PeerType];

/** A connection as the guest knows it: a port of Envoy's `Context` (source/extensions/common/wasm/context.cc). */
export class TcpContext extends Context {
  readonly #root: RootContext;
  readonly #control: ConnectionControl;
  #downstreamData: Body | undefined;
  #upstreamData: Body | undefined;
  #finished = false;

  constructor(root: RootContext, control: ConnectionControl) {
    super(root.vm, root.vm.nextContextID());
    this.#root = root;
    this.#control = control;
    this.vm.add(this);
  }

  override get root(): RootContext {
    return this.#root;
  }

  /** `proxy_on_context_create` and `proxy_on_new_connection`. All of these callbacks give whether the iteration goes on. */
  onNewConnection(): boolean {
    const { proxy_on_context_create, proxy_on_new_connection } = this.vm.callbacks;
    this.#notify(proxy_on_context_create, this.#root.id);
    return this.#run(proxy_on_new_connection);
  }

  onDownstreamData(data: Body, endOfStream: boolean): boolean {
    this.#downstreamData = data;
    const goesOn = this.#run(this.vm.callbacks.proxy_on_downstream_data, data.length, endOfStream ? 1 : 0);
    if (goesOn) this.#downstreamData = undefined;
    return goesOn;
  }

  onUpstreamData(data: Body, endOfStream: boolean): boolean {
    this.#upstreamData = data;
    const goesOn = this.#run(this.vm.callbacks.proxy_on_upstream_data, data.length, endOfStream ? 1 : 0);
    if (goesOn) this.#upstreamData = undefined;
    // Envoy's network filters do not see the upstream's connection, only the end of its data: hence who ended it is unknown.
    if (endOfStream) this.#notify(this.vm.callbacks.proxy_on_upstream_connection_close, PeerType.Unknown);
    return goesOn;
  }

  onDownstreamClose(peer: PeerType): void {
    this.#notify(this.vm.callbacks.proxy_on_downstream_connection_close, peer);
    this.#finish();
  }

  /** Unlike a stream of HTTP, a connection is done before it is logged. */
  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    const { proxy_on_log, proxy_on_done, proxy_on_delete } = this.vm.callbacks;
    this.#notify(proxy_on_done);
    this.#notify(proxy_on_log);
    this.#notify(proxy_on_delete);
    this.vm.remove(this);
  }

  #run(callback: GuestCallback | undefined, a = 0, b = 0): boolean {
    const { vm } = this;
    if (vm.failed) return this.#goesOnAfterFailure();
    if (!callback) return true;
    const result = vm.call(this, callback, this.id, a, b);
    const goesOn = vm.failed ? this.#goesOnAfterFailure() : result === 0;
    vm.afterCall();
    return goesOn;
  }

  #goesOnAfterFailure(): boolean {
    if (this.#root.plugin.failurePolicy === "FailOpen") return true;
    this.#control.close();
    return false;
  }

  #notify(callback: GuestCallback | undefined, value = 0): void {
    if (this.vm.failed || !callback) return;
    this.vm.call(this, callback, this.id, value);
    this.vm.afterCall();
  }

  override buffer(type: number): GuestBuffer | undefined {
    const isNetwork = type === BufferType.NetworkDownstreamData || type === BufferType.NetworkUpstreamData;
    const body = type === BufferType.NetworkDownstreamData ? this.#downstreamData : this.#upstreamData;
    return isNetwork && body ? { bytes: body.bytes, body } : super.buffer(type);
  }

  override property(path: string): PropertyValue | undefined {
    if (path === "plugin_root_id" || path === "plugin_name") return this.#root.property(path);
    return this.#control.property(path) ?? super.property(path);
  }

  override get filterState(): FilterState {
    return this.#control.filterState;
  }

  override continueStream(type: (typeof StreamType)[keyof typeof StreamType]): Status {
    if (type === StreamType.Upstream) return Status.Unimplemented;
    if (type === StreamType.Downstream) this.vm.defer(() => this.#control.continueReading());
    return Status.Ok;
  }

  override closeStream(type: (typeof StreamType)[keyof typeof StreamType]): Status {
    const isConnection = type === StreamType.Downstream || type === StreamType.Upstream;
    // Either closes the client's connection; the proxy then lets go of the upstream.
    if (isConnection) this.vm.defer(() => this.#control.close());
    return Status.Ok;
  }
}
