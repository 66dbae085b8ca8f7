// Made by asmfilter build from proto/coin.proto: change that, not this.
import { ProtoReader, ProtoWriter } from "@asmfilter/sdk/protobuf";
import { Context, GrpcRequest, GrpcResponseHandler, Status, grpcCall } from "@asmfilter/sdk";

export class TossRequest {
  /** The method that is called, as "/package.Service/Method". */
  method: string = "";

  /** Reads a message; null if the bytes are none. */
  static decode(bytes: Uint8Array): TossRequest | null {
    const reader = new ProtoReader(bytes);
    const message = new TossRequest();
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
        default: reader.skip();
      }
    }
  }

  _write(writer: ProtoWriter): void {
    if (this.method.length != 0) writer.string(1, this.method);
  }
}

export class TossResponse {
  heads: bool = false;

  /** Reads a message; null if the bytes are none. */
  static decode(bytes: Uint8Array): TossResponse | null {
    const reader = new ProtoReader(bytes);
    const message = new TossResponse();
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
          this.heads = reader.bool();
          break;
        }
        default: reader.skip();
      }
    }
  }

  _write(writer: ProtoWriter): void {
    if (this.heads) writer.bool(1, this.heads);
  }
}

/** The service `random.v1.Coin`: the names that gRPC calls take, and a function for each call. */
export namespace Coin {
  export const service: string = "random.v1.Coin";
  export const Toss: string = "Toss";

  /** Calls `Toss`. */
  export function toss<S extends Context>(
    owner: S, upstream: string, request: TossRequest, handler: GrpcResponseHandler<S, TossResponse>,
    timeout: u32 = 1000, metadata: string[][] = []): Status {
    const call = new GrpcRequest(service, Toss, request.encode());
    call.timeout = timeout;
    call.metadata = metadata;
    return grpcCall<S>(owner, upstream, call, handler);
  }
}
