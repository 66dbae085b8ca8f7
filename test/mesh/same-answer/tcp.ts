import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { ClusterServer } from "./cluster-server.ts";
import type { Side } from "./outcome.ts";
import type { TcpStep } from "./scenario.ts";

/** One end of a TCP connection: it keeps what arrives. */
export class TcpEnd {
  readonly #socket: Socket;
  #received = "";
  #ended = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    const ended = (): void => {
      this.#ended = true;
    };
    socket.on("data", (data: Buffer) => {
      this.#received += data.toString();
    });
    socket.on("end", ended).on("close", ended).on("error", ended);
  }

  static async connect(port: number): Promise<TcpEnd> {
    const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true, noDelay: true });
    await once(socket, "connect");
    return new TcpEnd(socket);
  }

  act(step: TcpStep): void {
    if ("send" in step) this.#socket.write(step.send);
    else if (step.do === "end") this.#socket.end();
    else this.#socket.resetAndDestroy();
  }

  state(): Side {
    return { received: this.#received, ended: this.#ended };
  }
}

/** A server of TCP that takes one connection and does with it what a scenario says. */
export class TcpServer implements ClusterServer {
  readonly protocol = "http1";
  readonly #server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    this.end = new TcpEnd(socket);
    this.#sockets.push(socket);
  });
  readonly #sockets: Socket[] = [];
  /** This side of the connection that has come. */
  end: TcpEnd | undefined;

  async start(): Promise<number> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return (this.#server.address() as AddressInfo).port;
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
