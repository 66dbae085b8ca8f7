import { ProtoReader } from "../protobuf/reader";
import { GrpcCallHandler, GrpcReply } from "./grpc";

/**
 * Is told of the answer to a method of a service that `asmfilter build` made of a `.proto` file. `S` is the filter, or
 * root, that calls, `R` the class of the response.
 *
 *     class OnCheck extends GrpcResponseHandler<Guard, CheckResponse> {
 *       onResponse(stream: Guard, response: CheckResponse | null, reply: GrpcReply): void {
 *         if (response !== null && response.allowed) stream.continueRequest();
 *         else respond(403, reply.statusText);
 *       }
 *     }
 *
 *     Auth.check(this, upstream("auth"), request, new OnCheck());
 */
export abstract class GrpcResponseHandler<S, R> extends GrpcCallHandler<S> {
  /**
   * Called as {@link GrpcCallHandler.onReply} is.
   * @param response null where `reply` is not `ok`, and where its message is none of `R`; `reply.status` tells which
   */
  abstract onResponse(stream: S, response: R | null, reply: GrpcReply): void;

  onReply(stream: S, reply: GrpcReply): void {
    this.onResponse(stream, reply.ok ? decoded<R>(reply.message.bytes()) : null, reply);
  }
}

/** What the static `decode` of the class does, which the language does not find on a type parameter. */
function decoded<R>(bytes: Uint8Array): R | null {
  const reader = new ProtoReader(bytes);
  const message = instantiate<R>();
  message._read(reader);
  return reader.failed ? null : message;
}
