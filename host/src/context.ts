import { BufferType as Buffers, type BufferType, MapType, Status, type StreamType } from "./abi/index.ts";
import type { Body } from "./body.ts";
import type { FilterState, PropertyDeclaration } from "./filter-state.ts";
import type { HeaderMap } from "./header-map.ts";
import type { Pair } from "./pairs.ts";
import { findProperty, type PropertyValue } from "./properties.ts";
import type { RootContext } from "./root-context.ts";
import type { Vm } from "./vm.ts";

/** Bytes that the guest may read, and write where the proxy lets it. */
export interface GuestBuffer {
  readonly bytes: Uint8Array;
  /** The body behind the bytes, where the guest may change it. */
  readonly body?: Body;
}

const nothing: GuestBuffer = { bytes: new Uint8Array(0) };

export interface LocalResponse {
  readonly status: number;
  readonly details: string;
  readonly body: Uint8Array;
  readonly headers: readonly Pair[];
  /** 0–16, or undefined where the guest named none. */
  readonly grpcStatus: number | undefined;
}

/**
 * What a host function works on: the context whose callback is running, or the one that the guest made effective.
 * This class is what every context has; the VM's own (id 0), which start functions and the allocator run in, has no more.
 */
export class Context {
  readonly vm: Vm;
  readonly id: number;
  /** What `proxy_on_foreign_function` is told of. */
  callData: Uint8Array | undefined;
  #declaredProperties: Map<string, PropertyDeclaration> | undefined;

  constructor(vm: Vm, id: number) {
    this.vm = vm;
    this.id = id;
  }

  get root(): RootContext | undefined {
    return undefined;
  }

  /** Whether `proxy_on_log` is running: maps that are not there are then NotFound, not BadArgument. */
  get isLogging(): boolean {
    return false;
  }

  /** The map where the guest may change it now. */
  mutableMap(_type: number): HeaderMap | undefined {
    return undefined;
  }

  /** The map where the guest may read it now. */
  readableMap(type: number): HeaderMap | undefined {
    const { root } = this;
    switch (type as (typeof MapType)[keyof typeof MapType]) {
      case MapType.GrpcReceiveInitialMetadata:
        return root?.grpc.initialMetadata;
      case MapType.GrpcReceiveTrailingMetadata:
        return root?.grpc.trailingMetadata;
      case MapType.HttpCallResponseHeaders:
        return root?.calls.response?.headers;
      case MapType.HttpCallResponseTrailers:
        return root?.calls.response?.trailers;
      default:
        return undefined;
    }
  }

  buffer(type: number): GuestBuffer | undefined {
    switch (type as (typeof BufferType)[keyof typeof BufferType]) {
      case Buffers.VmConfiguration:
        return { bytes: this.vm.configuration };
      case Buffers.HttpCallResponseBody: {
        const response = this.root?.calls.response;
        return response && { bytes: response.body };
      }
      case Buffers.GrpcReceiveBuffer: {
        const message = this.root?.grpc.message;
        return message ? { bytes: message.bytes, body: message } : nothing;
      }
      case Buffers.CallData:
        return this.callData ? { bytes: this.callData } : nothing;
      case Buffers.PluginConfiguration:
        return undefined;
      default:
        // Envoy answers with an empty buffer where there is nothing to show (context.cc, `getBuffer`).
        return nothing;
    }
  }

  property(path: string): PropertyValue | undefined {
    if (path === "plugin_vm_id") return this.vm.id;
    return findProperty(this.vm.host.properties, path);
  }

  /** What filters left on the stream or connection; there is none outside of one. */
  get filterState(): FilterState | undefined {
    return undefined;
  }

  setProperty(path: string, value: Uint8Array): Status {
    return this.filterState?.setProperty(path, value, this.root?.declaration(path)) ?? Status.NotFound;
  }

  /** Says how a property is to be set, once. Only what is declared on a root has any effect, as in Envoy. */
  declareProperty(path: string, declaration: PropertyDeclaration): Status {
    this.#declaredProperties ??= new Map();
    if (this.#declaredProperties.has(path)) return Status.BadArgument;
    this.#declaredProperties.set(path, declaration);
    return Status.Ok;
  }

  declaration(path: string): PropertyDeclaration | undefined {
    return this.#declaredProperties?.get(path);
  }

  continueStream(_type: (typeof StreamType)[keyof typeof StreamType]): Status {
    return Status.Ok;
  }

  closeStream(_type: (typeof StreamType)[keyof typeof StreamType]): Status {
    return Status.Ok;
  }

  sendLocalResponse(_response: LocalResponse): void {}
}
