import { connect, type Socket } from "node:net";

/** What came back for one request. */
export interface Reply {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/**
 * A steady load: so many connections, one request under way on each, as many requests as are asked for. It knows just
 * enough of HTTP/1.1 to tell where a reply with a Content-Length ends, so that little of the machine goes to it.
 */
export class Load {
  readonly #connections: Connection[];

  private constructor(connections: Connection[]) {
    this.#connections = connections;
  }

  static async open(port: number, connections: number): Promise<Load> {
    return new Load(await Promise.all(Array.from({ length: connections }, () => Connection.open(port))));
  }

  /** @throws when a reply is not 200, or a connection ends */
  async run(path: string, requests: number): Promise<void> {
    let left = requests;
    const request = requestTo(path);
    await Promise.all(
      this.#connections.map(async (connection) => {
        while (left > 0) {
          left--;
          await connection.ask(request);
        }
      }),
    );
  }

  async one(path: string): Promise<Reply> {
    const text = (await this.#connections[0]!.ask(requestTo(path))).toString("latin1");
    const [head = "", body = ""] = text.split("\r\n\r\n");
    const [first = "", ...lines] = head.split("\r\n");
    const headers = lines.map((line) => line.split(": ", 2) as [string, string]);
    return { status: Number(first.split(" ")[1]), headers: new Map(headers), body };
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }
}

function requestTo(path: string): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nhost: bench\r\nx-name: somebody\r\n\r\n`);
}

const END_OF_HEAD = Buffer.from("\r\n\r\n");

class Connection {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #expected = 0;
  #resolve: ((reply: Buffer) => void) | undefined;
  #reject: ((reason: Error) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("error", (error) => this.#reject?.(error));
    socket.on("close", () => this.#reject?.(new Error("the proxy closed the connection")));
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => resolve(new Connection(socket)));
      socket.once("error", reject);
    });
  }

  ask(request: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#reject = undefined;
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length > 0 ? Buffer.concat([this.#received, chunk]) : chunk;
    if (this.#expected === 0) this.#expected = lengthOf(this.#received);
    if (this.#expected === 0 || this.#received.length < this.#expected) return;
    const reply = this.#received;
    this.#received = Buffer.alloc(0);
    this.#expected = 0;
    // After "HTTP/1.1 ".
    if (reply.toString("latin1", 9, 12) === "200") this.#resolve?.(reply);
    else this.#reject?.(new Error(`the proxy answered ${reply.toString("latin1", 0, 200)}`));
  }
}

/** Bytes of a whole reply; 0 while its head is not there. */
function lengthOf(received: Buffer): number {
  const end = received.indexOf(END_OF_HEAD);
  if (end < 0) return 0;
  const length = /content-length: (\d+)/.exec(received.toString("latin1", 0, end))?.[1];
  return end + END_OF_HEAD.length + Number(length ?? 0);
}
