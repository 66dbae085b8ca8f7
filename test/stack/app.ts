import { createServer, type IncomingHttpHeaders, type Server } from "node:http";

/** What reached the application, as its answer's JSON body tells it. */
export interface Echo {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** The application behind a pod's Envoy: answers 200 with what it was asked, as {@link Echo}. */
export class EchoApp {
  readonly #server: Server = createServer(async (request, response) => {
    request.setEncoding("utf8");
    let body = "";
    for await (const chunk of request) body += chunk;
    const echo: Echo = { method: request.method!, path: request.url!, headers: request.headers, body };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(echo));
  });

  /** Returns its port on 127.0.0.1. */
  async start(port = 0): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject).listen(port, "127.0.0.1", resolve);
    });
    return (this.#server.address() as { port: number }).port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
