import { callStatus, callStatusText } from "../abi/calls";
import { cancelGrpc, sendGrpcCall } from "../abi/grpc";
import { BufferType, Status } from "../abi/types";
import { Body, bodyOf } from "../http/body";
import { release, reserve } from "../memory/scratch";
import { Context } from "../runtime/contexts";
import { Call, Calls } from "./pending";

/**
 * A call of a gRPC method with one message and one answer, see {@link grpcCall}. Messages are bytes: those of a
 * protobuf message, without the five bytes that gRPC puts before them.
 *
 *     const request = new GrpcRequest("auth.v1.Auth", "Check", message);
 *     request.metadata.push(["x-tenant", tenant]);
 */
export class GrpcRequest {
  /** Sent as headers, each as `[name, value]`. */
  metadata: string[][] = [];
  /**
   * Milliseconds until the call fails: with {@link GrpcStatus.DeadlineExceeded} where the server notices first, which
   * is told the time as well, else with {@link GrpcStatus.Unavailable} in Envoy. 0 is never.
   */
  timeout: u32 = 1000;

  constructor(
    /** With its package: `auth.v1.Auth`. */
    public service: string,
    public method: string,
    public message: Uint8Array,
  ) {}
}

/** Statuses of gRPC (grpc.io, "Status codes and their use in gRPC"). */
export enum GrpcStatus {
  Ok = 0,
  Cancelled = 1,
  Unknown = 2,
  InvalidArgument = 3,
  DeadlineExceeded = 4,
  NotFound = 5,
  AlreadyExists = 6,
  PermissionDenied = 7,
  ResourceExhausted = 8,
  FailedPrecondition = 9,
  Aborted = 10,
  OutOfRange = 11,
  Unimplemented = 12,
  Internal = 13,
  Unavailable = 14,
  DataLoss = 15,
  Unauthenticated = 16,
}

/** The answer to a call: a handle that is good until {@link GrpcCallHandler.onReply} returns. */
@unmanaged
export class GrpcReply {
  /** Whether there is a message: the status is `Ok`. */
  get ok(): bool {
    return changetype<usize>(this) == 2;
  }

  /** `Unavailable` where no server can be reached, and mostly when the time is up. */
  get status(): GrpcStatus {
    return this.ok ? GrpcStatus.Ok : <GrpcStatus>callStatus();
  }

  /**
   * What the server, or the proxy, says of the status, as it was sent: percent-encoded, and in Envoy with
   * `{via_upstream}` or a reason at its end. `""` where it is {@link ok}.
   */
  get statusText(): string {
    return this.ok ? "" : callStatusText();
  }

  /** The message, to be read; empty unless {@link ok}. */
  get message(): Body {
    return bodyOf(BufferType.GrpcReceive);
  }
}

/** What {@link GrpcCallHandler} is to a call whose owner's type is not known. */
export abstract class GrpcReplyReceiver {
  abstract _receive(owner: Context, reply: GrpcReply): void;
}

/**
 * Is told of the answer to {@link grpcCall}. `S` is the filter, or root, that calls.
 *
 *     class OnCheck extends GrpcCallHandler<Auth> {
 *       onReply(stream: Auth, reply: GrpcReply): void {
 *         if (reply.ok) stream.continueRequest();
 *         else respond(403, reply.statusText);
 *       }
 *     }
 */
export abstract class GrpcCallHandler<S> extends GrpcReplyReceiver {
  /**
   * Called once for each call, unless `stream` is gone by then. Headers, `respond` and whatever else asks the proxy
   * are about `stream`.
   */
  abstract onReply(stream: S, reply: GrpcReply): void;

  _receive(owner: Context, reply: GrpcReply): void {
    this.onReply(changetype<S>(changetype<usize>(owner)), reply);
  }
}

/** What the proxy tells of by the callbacks for gRPC. */
export abstract class GrpcExchange extends Call {
  abandon(): void {
    cancelGrpc(this._number);
  }

  onInitialMetadata(): void {}

  onMessage(): void {}

  onTrailingMetadata(): void {}

  onClose(status: u32): void {}
}

class GrpcCall extends GrpcExchange {
  constructor(owner: Context, readonly receiver: GrpcReplyReceiver) {
    super(owner);
  }

  // Envoy tells by one of the two that a call is over (`Context::onGrpcReceiveWrapper`, `onGrpcCloseWrapper`).
  onMessage(): void {
    grpcExchanges().remove(this);
    this.receiver._receive(this.owner, changetype<GrpcReply>(2));
  }

  onClose(status: u32): void {
    grpcExchanges().remove(this);
    this.receiver._receive(this.owner, changetype<GrpcReply>(1));
  }
}

// Lazy, so that nothing of it is in a module that makes no calls.
// @ts-ignore: decorator
@lazy
let exchanges: Calls | null = null;

/** Calls and streams; their numbers are never the same. */
export function grpcExchanges(): Calls {
  let all = exchanges;
  if (all === null) exchanges = all = new Calls();
  return all;
}

/** The call or stream of the number, if its owner still is there. Host calls are about the owner from now on. */
export function findExchange(root: u32, number: u32): GrpcExchange | null {
  const call = grpcExchanges().find(number);
  return call && call.enterOwner(root) ? changetype<GrpcExchange>(call) : null;
}

/**
 * Calls a gRPC method of an upstream of the proxy, and tells `handler` of the answer. To wait for it, pause:
 *
 *     onRequestHeaders(headers: Headers, endOfStream: bool): Action {
 *       const request = new GrpcRequest("auth.v1.Auth", "Check", message);
 *       if (grpcCall(this, "auth", request, new OnCheck()) != Status.Ok) return respond(503, "no auth");
 *       return Action.Pause;
 *     }
 *
 * When the stream ends before an answer is there, the call is cancelled and the handler is not called.
 * @param owner the stream, or the root, that calls: `this`
 * @param upstream what the proxy names it, a cluster in Envoy; it has to speak HTTP/2
 * @returns `InternalFailure` if the proxy has no such upstream, or that no host. Unless it is `Ok`, the handler is not
 *   called.
 */
export function grpcCall<S extends Context>(
  owner: S, upstream: string, request: GrpcRequest, handler: GrpcCallHandler<S>): Status {
  return startGrpcCall(owner, upstream, request, handler);
}

function startGrpcCall(owner: Context, upstream: string, request: GrpcRequest, receiver: GrpcReplyReceiver): Status {
  const all = grpcExchanges();
  const call = new GrpcCall(owner, receiver);
  // A word of its own: a callback in the midst of the host call may use the words for results.
  const number = reserve(4);
  const outer = all.start(call);
  const status = sendGrpcCall(
    upstream, request.service, request.method, request.metadata, request.message, request.timeout, number);
  all.started(call, outer, status, load<u32>(number));
  release(number);
  return status;
}
