// Made by asmfilter build from proto/auth.proto: change that, not this.
import { ProtoReader, ProtoWriter } from "@asmfilter/sdk/protobuf";
import { Context, GrpcRequest, GrpcResponseHandler, Status, grpcCall } from "@asmfilter/sdk";

export class CheckRequest {
  method: string = "";
  path: string = "";
  token: string = "";

  /** Reads a message; null if the bytes are none. */
  static decode(bytes: Uint8Array): CheckRequest | null {
    const reader = new ProtoReader(bytes);
    const message = new CheckRequest();
    message._read(reader);
    return reader.failed ? null : message;
  }

  /** The message as bytes. */
  encode(): Uint8Array {
    const writer = new ProtoWriter();
    this._write(writer);
    return writer.finish();
  }

  _read(reader: ProtoReader): void {
    for (let tag = reader.next(); tag; tag = reader.next()) {
      switch (tag) {
        case 10: {
          this.method = reader.string();
          break;
        }
        case 18: {
          this.path = reader.string();
          break;
        }
        case 26: {
          this.token = reader.string();
          break;
        }
        default: reader.skip();
      }
    }
  }

  _write(writer: ProtoWriter): void {
    if (this.method.length != 0) writer.string(1, this.method);
    if (this.path.length != 0) writer.string(2, this.path);
    if (this.token.length != 0) writer.string(3, this.token);
  }
}

export class CheckResponse {
  allowed: bool = false;
  /** For the upstream, where the request passes. */
  user: string = "";

  /** Reads a message; null if the bytes are none. */
  static decode(bytes: Uint8Array): CheckResponse | null {
    const reader = new ProtoReader(bytes);
    const message = new CheckResponse();
    message._read(reader);
    return reader.failed ? null : message;
  }

  /** The message as bytes. */
  encode(): Uint8Array {
    const writer = new ProtoWriter();
    this._write(writer);
    return writer.finish();
  }

  _read(reader: ProtoReader): void {
    for (let tag = reader.next(); tag; tag = reader.next()) {
      switch (tag) {
        case 8: {
          this.allowed = reader.bool();
          break;
        }
        case 18: {
          this.user = reader.string();
          break;
        }
        default: reader.skip();
      }
    }
  }

  _write(writer: ProtoWriter): void {
    if (this.allowed) writer.bool(1, this.allowed);
    if (this.user.length != 0) writer.string(2, this.user);
  }
}

/** The service `auth.v1.Auth`: the names that gRPC calls take, and a function for each call. */
export namespace Auth {
  export const service: string = "auth.v1.Auth";
  export const Check: string = "Check";

  /** Calls `Check`. */
  export function check<S extends Context>(
    owner: S, upstream: string, request: CheckRequest, handler: GrpcResponseHandler<S, CheckResponse>,
    timeout: u32 = 1000, metadata: string[][] = []): Status {
    const call = new GrpcRequest(service, Check, request.encode());
    call.timeout = timeout;
    call.metadata = metadata;
    return grpcCall<S>(owner, upstream, call, handler);
  }
}
