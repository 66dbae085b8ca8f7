import { setTimeout as sleep } from "node:timers/promises";
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";

const asIs = (message: Buffer): Buffer => message;
const method = (name: string, isStream: boolean) => ({
  path: `/test.Words/${name}`,
  requestStream: isStream,
  responseStream: isStream,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
});

/** A gRPC server whose messages are plain text. */
export class WordsServer {
  readonly #server = new Server();
  /** Calls that the other side broke off. */
  cancelled = 0;
  /** Calls that are not answered. */
  calls = 0;
  /** Streams that are open. */
  open = 0;

  constructor() {
    this.#server.addService(
      { Length: method("Length", false), Echo: method("Echo", true) },
      {
        Length: (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => void this.#length(call, done),
        Echo: (call: ServerDuplexStream<Buffer, Buffer>) => this.#echo(call),
      },
    );
  }

  /** Returns the port that it listens on from now on. */
  start(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      );
    });
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  async #length(call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>): Promise<void> {
    this.calls++;
    call.on("cancelled", () => this.cancelled++);
    const text = call.request.toString();
    if (text === "slow") await sleep(600);
    this.calls--;
    if (text === "fail") done({ code: status.PERMISSION_DENIED, details: "not this word" });
    else done(null, Buffer.from(`${call.request.length} bytes from ${call.metadata.get("x-from")}`));
  }

  #echo(call: ServerDuplexStream<Buffer, Buffer>): void {
    this.open++;
    const metadata = new Metadata();
    metadata.set("x-server", "words");
    call.sendMetadata(metadata);
    // The library says so of streams that have ended well, too.
    call.on("cancelled", () => call.readableEnded || this.cancelled++);
    call.on("close", () => this.open--);
    call.on("data", (message: Buffer) => call.write(Buffer.from(`ECHO ${message}`)));
    call.on("end", () => {
      const trailer = new Metadata();
      trailer.set("x-trailer", "the end");
      call.end(trailer);
    });
  }
}
