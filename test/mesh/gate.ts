import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A server in front of another that can be held: it takes connections then, and answers nothing. */
export class Gate {
  readonly #sockets = new Set<Socket>();
  readonly #waiting = new Set<Socket>();
  readonly #server = createServer((socket) => {
    this.#sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => this.#sockets.delete(socket) && this.#waiting.delete(socket));
    if (this.#held) this.#waiting.add(socket);
    else this.#forward(socket);
  });
  #held = false;
  #target = { host: "", port: 0 };
  #port = 0;

  /** `host:port`, as it begins a reference. */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** In front of `host:port`; a second time at the same address. */
  async open(target: string): Promise<this> {
    const [host = "", port] = target.split(":");
    this.#target = { host, port: Number(port) };
    await new Promise<void>((listening) => this.#server.listen(this.#port, "127.0.0.1", listening));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  hold(): void {
    this.#held = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  release(): void {
    this.#held = false;
    for (const socket of this.#waiting) this.#forward(socket);
    this.#waiting.clear();
  }

  /** From now on connections are refused. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((closed) => this.#server.close(() => closed()));
  }

  #forward(socket: Socket): void {
    const upstream = connect(this.#target);
    upstream.on("error", () => socket.destroy()).on("close", () => socket.destroy());
    socket.on("close", () => upstream.destroy());
    socket.pipe(upstream).pipe(socket);
  }
}
