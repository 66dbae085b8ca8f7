import { callStatusText } from "../abi/calls";
import { cancelGrpc, closeGrpc, openGrpcStream, sendOnGrpcStream } from "../abi/grpc";
import { BufferType, MapType, Status } from "../abi/types";
import { Body, bodyOf } from "../http/body";
import { Headers, headersOf } from "../http/headers";
import { release, reserve } from "../memory/scratch";
import { Context } from "../runtime/contexts";
import { GrpcExchange, grpcExchanges, GrpcStatus } from "./grpc";

/**
 * A gRPC method that is being called, with any number of messages in both directions. {@link openStream} makes it.
 *
 *     stream.send(Uint8Array.wrap(String.UTF8.encode("hello")));
 *     stream.close();
 */
export class GrpcStream extends GrpcExchange {
  /**
   * How opening it went: `InternalFailure` if the proxy has no such upstream, or that no host. Unless it is `Ok`, the
   * handler is not called and nothing can be sent.
   */
  status: Status = Status.Ok;
  /** Whether the other side, or this one by {@link cancel}, has ended it. */
  isOver: bool = false;
  private isClosed: bool = false;

  /** @internal Use {@link openStream}. */
  constructor(owner: Context, /** @internal */ readonly receiver: GrpcStreamReceiver) {
    super(owner);
  }

  /**
   * Sends a message. `BadArgument` when the stream is over, or this side was closed.
   * @param endOfStream whether it is the last
   */
  send(message: Uint8Array, endOfStream: bool = false): Status {
    if (this.isOver || this.isClosed) return Status.BadArgument;
    this.isClosed = endOfStream;
    return sendOnGrpcStream(this._number, message, endOfStream);
  }

  /** Ends this side; messages still arrive. `BadArgument` when it was ended already. */
  close(): Status {
    // Envoy would use a stream that it has freed (`Context::grpcClose`).
    if (this.isOver || this.isClosed) return Status.BadArgument;
    this.isClosed = true;
    return closeGrpc(this._number);
  }

  /** Breaks it off: nothing more is told of it. */
  cancel(): Status {
    if (this.isOver) return Status.BadArgument;
    this.isOver = true;
    grpcExchanges().remove(this);
    return cancelGrpc(this._number);
  }

  /** @internal */
  abandon(): void {
    this.cancel();
  }

  /** @internal */
  onInitialMetadata(): void {
    this.receiver._initialMetadata(this);
  }

  /** @internal */
  onMessage(): void {
    this.receiver._message(this);
  }

  /** @internal */
  onTrailingMetadata(): void {
    this.receiver._trailingMetadata(this);
  }

  /** @internal */
  onClose(status: u32): void {
    this.isOver = true;
    grpcExchanges().remove(this);
    this.receiver._close(this, <GrpcStatus>status);
  }
}

/** What {@link GrpcStreamHandler} is to a stream whose owner's type is not known. */
export abstract class GrpcStreamReceiver {
  abstract _initialMetadata(stream: GrpcStream): void;
  abstract _message(stream: GrpcStream): void;
  abstract _trailingMetadata(stream: GrpcStream): void;
  abstract _close(stream: GrpcStream, status: GrpcStatus): void;
}

/**
 * Is told what arrives on a {@link GrpcStream}. `S` is the filter, or root, that opened it; what asks the proxy is
 * about that.
 *
 *     class OnWords extends GrpcStreamHandler<Words> {
 *       onMessage(owner: Words, stream: GrpcStream, message: Body): void {
 *         owner.words.push(message.text());
 *       }
 *       onClose(owner: Words, stream: GrpcStream, status: GrpcStatus, text: string): void {
 *         owner.continueRequest();
 *       }
 *     }
 */
export abstract class GrpcStreamHandler<S> extends GrpcStreamReceiver {
  /** The server's headers have arrived. */
  onInitialMetadata(owner: S, stream: GrpcStream, metadata: Headers): void {}

  /** A message has arrived. */
  onMessage(owner: S, stream: GrpcStream, message: Body): void {}

  /** The server's trailers have arrived, `grpc-status` and `grpc-message` among them; {@link onClose} follows. */
  onTrailingMetadata(owner: S, stream: GrpcStream, metadata: Headers): void {}

  /**
   * The other side has ended the stream, or the proxy could not reach it. Called once, and last.
   * @param text what is said of the status, as {@link GrpcReply.statusText}; for `Ok` Envoy has `OK{via_upstream}`
   */
  onClose(owner: S, stream: GrpcStream, status: GrpcStatus, text: string): void {}

  _initialMetadata(stream: GrpcStream): void {
    this.onInitialMetadata(this.ownerOf(stream), stream, headersOf(MapType.GrpcInitialMetadata));
  }

  _message(stream: GrpcStream): void {
    this.onMessage(this.ownerOf(stream), stream, bodyOf(BufferType.GrpcReceive));
  }

  _trailingMetadata(stream: GrpcStream): void {
    this.onTrailingMetadata(this.ownerOf(stream), stream, headersOf(MapType.GrpcTrailingMetadata));
  }

  _close(stream: GrpcStream, status: GrpcStatus): void {
    this.onClose(this.ownerOf(stream), stream, status, callStatusText());
  }

  @inline
  private ownerOf(stream: GrpcStream): S {
    return changetype<S>(changetype<usize>(stream.owner));
  }
}

/**
 * Opens a gRPC method of an upstream of the proxy for messages in both directions.
 *
 *     const stream = openStream(this, "words", "words.v1.Words", "Split", new OnWords());
 *     if (stream.status != Status.Ok) return respond(503, "no words");
 *     stream.send(text, true);
 *
 * When the owner ends, the stream is cancelled and the handler hears no more of it. Close your side before the other
 * does, by {@link GrpcStream.close}: else Envoy keeps a record of it until the plugin ends.
 * @param owner the HTTP stream, or the root, that opens it: `this`
 * @param upstream what the proxy names it, a cluster in Envoy; it has to speak HTTP/2
 * @param service with its package: `words.v1.Words`
 * @param metadata sent as headers, each as `[name, value]`
 */
export function openStream<S extends Context>(
  owner: S, upstream: string, service: string, method: string, handler: GrpcStreamHandler<S>,
  metadata: string[][] = []): GrpcStream {
  const stream = new GrpcStream(owner, handler);
  startGrpcStream(stream, upstream, service, method, metadata);
  return stream;
}

function startGrpcStream(
  stream: GrpcStream, upstream: string, service: string, method: string, metadata: string[][]): void {
  const all = grpcExchanges();
  // A word of its own: a callback in the midst of the host call may use the words for results.
  const number = reserve(4);
  const outer = all.start(stream);
  const status = openGrpcStream(upstream, service, method, metadata, number);
  all.started(stream, outer, status, load<u32>(number));
  release(number);
  stream.status = status;
  if (status != Status.Ok) stream.isOver = true;
}
