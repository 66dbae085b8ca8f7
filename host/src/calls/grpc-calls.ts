import { Status } from "../abi/index.ts";
import { Body } from "../body.ts";
import { toText } from "../byte-string.ts";
import type { GuestCallback } from "../callbacks.ts";
import type { HeaderMap } from "../header-map.ts";
import type { RootContext } from "../root-context.ts";
import type { GrpcCall, GrpcConnection, GrpcReceiver } from "./clusters.ts";

/** gRPC's own status codes, as far as the proxy gives them itself. */
const Internal = 13;
const Unavailable = 14;

/** One call or stream, by the id that the guest has of it. */
interface Open {
  readonly connection: GrpcConnection;
  readonly isCall: boolean;
  localClosed: boolean;
  remoteClosed: boolean;
}

/**
 * The gRPC calls and streams of one root. Of a call of one message the guest hears either the answer or the failure, of a stream
 * metadata, messages, trailing metadata and its end, whatever that is
 * (Envoy, source/extensions/common/wasm/context.cc and source/common/grpc/async_client_impl.cc).
 */
export class GrpcCalls {
  readonly #root: RootContext;
  readonly #open = new Map<number, Open>();
  /** What the running callback is being told of. */
  initialMetadata: HeaderMap | undefined;
  trailingMetadata: HeaderMap | undefined;
  message: Body | undefined;

  constructor(root: RootContext) {
    this.#root = root;
  }

  /** Sends one message and waits for one; the result is the call's id, or the status of a failure where it is negative. */
  call(call: GrpcCall, message: Uint8Array): number {
    const id = this.#root.vm.nextCallID("grpcCall");
    let answer: Uint8Array | undefined;
    const status = this.#start(id, call, true, {
      onInitialMetadata: () => {},
      onMessage: (bytes) => {
        answer = bytes;
      },
      onClose: (code, details, trailers) => {
        if (code !== 0) this.#closed(id, code, messageOf(trailers, details));
        else if (!answer) this.#closed(id, Internal, "");
        else this.#received(id, answer);
      },
    });
    if (status < 0) return status;
    const { connection } = this.#open.get(id)!;
    connection.send(message);
    connection.end();
    return id;
  }

  /** Opens a stream; the result is its id, or the status of a failure where it is negative. */
  stream(call: GrpcCall): number {
    const id = this.#root.vm.nextCallID("grpcStream");
    const { proxy_on_grpc_receive_initial_metadata, proxy_on_grpc_receive_trailing_metadata } = this.#root.vm.callbacks;
    return this.#start(id, call, false, {
      onInitialMetadata: (metadata) => {
        this.initialMetadata = metadata;
        this.#tell(proxy_on_grpc_receive_initial_metadata, id, metadata.size);
        this.initialMetadata = undefined;
      },
      onMessage: (bytes) => this.#received(id, bytes),
      onClose: (code, details, trailers) => {
        this.trailingMetadata = trailers;
        this.#tell(proxy_on_grpc_receive_trailing_metadata, id, trailers.size);
        this.trailingMetadata = undefined;
        const open = this.#open.get(id);
        if (!open) return;
        open.remoteClosed = true;
        this.#closed(id, code, messageOf(trailers, details));
      },
    });
  }

  send(id: number, message: Uint8Array, endOfStream: boolean): Status {
    if (kindOf(id) !== "stream") return Status.BadArgument;
    const open = this.#open.get(id);
    if (!open) return Status.NotFound;
    // Envoy 1.40 would write to a stream that is gone; here nothing happens.
    if (open.remoteClosed || open.localClosed) return Status.Ok;
    open.connection.send(message);
    if (endOfStream) open.connection.end();
    return Status.Ok;
  }

  /** Ends the guest's side of a stream, which stays until the other side ends; of a call it is the same as to cancel it. */
  close(id: number): Status {
    const found = this.#find(id);
    if (typeof found === "number") return found;
    if (found.isCall) return this.cancel(id);
    if (found.remoteClosed) this.#open.delete(id);
    else if (!found.localClosed) found.connection.end();
    found.localClosed = true;
    return Status.Ok;
  }

  /** Breaks a call or stream off; the guest hears nothing more of it. */
  cancel(id: number): Status {
    const found = this.#find(id);
    if (typeof found === "number") return found;
    this.#open.delete(id);
    found.connection.reset();
    return Status.Ok;
  }

  /** Breaks all of them off; the guest is told nothing. */
  abandon(): void {
    for (const { connection } of this.#open.values()) connection.reset();
    this.#open.clear();
  }

  #start(id: number, call: GrpcCall, isCall: boolean, receiver: GrpcReceiver): number {
    const { vm } = this.#root;
    if (!vm.host.clusters.has(call.cluster)) {
      // Envoy's client reports it while it is asked to start: the guest is told of an id that it never got.
      vm.defer(() => this.#closed(id, Unavailable, "Cluster not available"));
      return -Status.InternalFailure;
    }
    const guarded: GrpcReceiver = {
      onInitialMetadata: (metadata) => this.#open.has(id) && receiver.onInitialMetadata(metadata),
      onMessage: (message) => this.#open.has(id) && receiver.onMessage(message),
      onClose: (status, details, trailers) => this.#open.has(id) && receiver.onClose(status, details, trailers),
    };
    const connection = vm.host.clusters.openGrpc(call, guarded);
    this.#open.set(id, { connection, isCall, localClosed: false, remoteClosed: false });
    return id;
  }

  #find(id: number): Open | Status {
    return kindOf(id) === undefined ? Status.BadArgument : (this.#open.get(id) ?? Status.NotFound);
  }

  #received(id: number, message: Uint8Array): void {
    const { vm } = this.#root;
    const { proxy_on_grpc_receive } = vm.callbacks;
    this.message = new Body(message);
    this.#tell(proxy_on_grpc_receive, id, message.length, () => {
      this.message = undefined;
      if (this.#open.get(id)?.isCall) this.#open.delete(id);
    });
  }

  #closed(id: number, status: number, message: string): void {
    const { proxy_on_grpc_close } = this.#root.vm.callbacks;
    if (proxy_on_grpc_close) this.#root.status = { code: status, message };
    this.#tell(proxy_on_grpc_close, id, status, () => {
      this.#root.status = { code: this.#root.status.code, message: "" };
      const open = this.#open.get(id);
      if (open?.isCall || open?.localClosed) this.#open.delete(id);
    });
  }

  /** @param done comes before what the guest had deferred, as with HTTP calls */
  #tell(callback: GuestCallback | undefined, id: number, number: number, done: () => void = () => {}): void {
    const { vm } = this.#root;
    const tells = callback !== undefined && !vm.failed;
    if (tells) vm.call(this.#root, callback, this.#root.id, id, number);
    done();
    if (tells) vm.afterCall();
  }
}

/** What `proxy_get_status` tells: the server's words as they are on the wire, and what Envoy knows of the reason. */
function messageOf(trailers: HeaderMap, details: string): string {
  const text = toText(trailers.get("grpc-message") ?? "");
  return text === "" ? details : `${text}{${details}}`;
}

/** The low two bits of an id tell what it is the id of (proxy-wasm-cpp-host, include/proxy-wasm/wasm.h). */
function kindOf(id: number): "call" | "stream" | undefined {
  if ((id & 3) === 1) return "call";
  return (id & 3) === 2 ? "stream" : undefined;
}
