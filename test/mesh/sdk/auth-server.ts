import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import protobuf from "protobufjs";

/** The template of `asmfilter init` for gRPC; its messages are read and written here by another implementation. */
export const TEMPLATE = join(import.meta.dirname, "..", "..", "..", "cli", "templates", "grpc");

/** A gRPC server of the template's `auth.v1.Auth`: a token that begins with `Bearer ` is its owner's name. */
export class AuthServer {
  readonly #server = new Server();

  /** Returns the port that it listens on from now on. */
  async start(): Promise<number> {
    const { root } = protobuf.parse(await readFile(join(TEMPLATE, "proto", "auth.proto"), "utf8"));
    const [request, response] = [root.lookupType("auth.v1.CheckRequest"), root.lookupType("auth.v1.CheckResponse")];
    const check = {
      path: "/auth.v1.Auth/Check",
      requestStream: false,
      responseStream: false,
      requestSerialize: (message: object) => Buffer.from(request.encode(message).finish()),
      requestDeserialize: (bytes: Buffer) => request.decode(bytes).toJSON() as Question,
      responseSerialize: (message: object) =>
        Buffer.isBuffer(message) ? message : Buffer.from(response.encode(message).finish()),
      responseDeserialize: (bytes: Buffer) => response.decode(bytes),
    };
    this.#server.addService({ Check: check }, { Check: answer });
    return new Promise((resolve, reject) => {
      this.#server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      );
    });
  }

  stop(): void {
    this.#server.forceShutdown();
  }
}

interface Question {
  method?: string;
  path?: string;
  token?: string;
}

function answer(call: ServerUnaryCall<Question, object>, done: sendUnaryData<object>): void {
  const { token = "", method, path } = call.request;
  if (token === "fail") done({ code: status.PERMISSION_DENIED, details: "never" });
  // A field whose length lies beyond the end.
  else if (token === "nonsense") done(null, Buffer.of(0x12, 0x7f));
  else if (!token.startsWith("Bearer ")) done(null, { allowed: false });
  else done(null, { allowed: true, user: `${token.slice(7)} ${method} ${path} ${call.metadata.get("x-from")}` });
}
