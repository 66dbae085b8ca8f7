import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

const type = (name: string) => `type.googleapis.com/envoy.extensions.filters.network.${name}`;

interface Options {
  /** The name of the listener where not given. */
  readonly rootID?: string;
  readonly config?: string;
  /** The whole plugin, where something else makes it. */
  readonly plugin?: object;
}

/** A listener of TCP connections, with a network filter of the module in front of the proxy to the cluster `echo`. */
export function tcpListener(name: string, module: string, { rootID = name, config, plugin }: Options = {}): object {
  const value = { "@type": "type.googleapis.com/google.protobuf.StringValue", value: config };
  const own = {
    name,
    root_id: rootID,
    vm_config: { vm_id: name, runtime: "envoy.wasm.runtime.v8", code: { local: { filename: module } } },
    ...(config !== undefined && { configuration: value }),
  };
  const wasm = { "@type": type("wasm.v3.Wasm"), config: plugin ?? own };
  const proxy = { "@type": type("tcp_proxy.v3.TcpProxy"), stat_prefix: name, cluster: "echo" };
  const filters = [wasm, proxy].map((typed_config, index) => ({ name: `filter-${index}`, typed_config }));
  const address = { socket_address: { address: "127.0.0.1", port_value: 0 } };
  return { name, address, filter_chains: [{ filters }] };
}

/** A server that sends back what it gets, with something in front. */
export async function echoServer(prefix = ""): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (data) => socket.write(prefix + data.toString()));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server;
}

/** A client of a listener that remembers what it got. */
export class TcpClient {
  received = "";
  closed = false;
  readonly #socket: Socket;

  constructor(port: number) {
    this.#socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    this.#socket.on("data", (data) => {
      this.received += data.toString();
    });
    this.#socket.on("error", () => {});
    this.#socket.on("end", () => {
      this.closed = true;
      this.#socket.end();
    });
    this.#socket.on("close", () => {
      this.closed = true;
    });
  }

  send(text: string): void {
    this.#socket.write(text);
  }

  /** Ends this half of the connection. */
  end(): void {
    this.#socket.end();
  }
}
