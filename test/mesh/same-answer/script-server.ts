import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { HeaderMap } from "@asmfilter/host";
import { type ClusterResponse, ReceivedHeaders, type UpstreamRequest } from "@asmfilter/host/testing";
import type { ClusterServer } from "./cluster-server.ts";
import { headerLine, type Received } from "./outcome.ts";
import { rawHeaders, receivedPairs, sendBody } from "./wire.ts";

/** A server that answers every request by the same script, and remembers what it received. */
export class ScriptServer implements ClusterServer {
  readonly protocol = "http1";
  readonly #script: Script;
  readonly #server: Server;
  #request: IncomingMessage | undefined;
  #pieces: Buffer[] = [];

  constructor(script: Script) {
    this.#script = script;
    this.#server = createServer((request, response) => this.#serve(request, response));
  }

  /** Returns the port that it listens on from now on. */
  async start(): Promise<number> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return (this.#server.address() as AddressInfo).port;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** The request that has come since this was asked last, as far as it has come. */
  take(): Received | undefined {
    const request = this.#request;
    this.#request = undefined;
    return request && received(request, Buffer.concat(this.#pieces).toString());
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const pieces: Buffer[] = [];
    this.#request = request;
    this.#pieces = pieces;
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => void this.#answer(request, response, Buffer.concat(pieces)));
    // The filter may break off its request.
    request.on("error", () => {});
  }

  async #answer(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const script = this.#script;
    await answer(response, typeof script === "function" ? await script(asScriptsSeeIt(request, body)) : script);
  }
}

type Script = ClusterResponse | ((request: UpstreamRequest) => ClusterResponse | Promise<ClusterResponse>);

function asScriptsSeeIt(request: IncomingMessage, body: Buffer): UpstreamRequest {
  const headers = (raw: readonly string[]): ReceivedHeaders =>
    new ReceivedHeaders(
      new HeaderMap(
        "trailers",
        receivedPairs(raw).filter(([name]) => name !== "host"),
      ),
    );
  return {
    method: request.method ?? "",
    path: request.url ?? "",
    authority: request.headers.host ?? "",
    scheme: "http",
    headers: headers(request.rawHeaders),
    body: new Uint8Array(body),
    text: () => body.toString(),
    trailers: headers(request.rawTrailers),
    complete: request.complete,
  };
}

function received(request: IncomingMessage, body: string): Received {
  const headers = receivedPairs(request.rawHeaders);
  const authority = headers.find(([name]) => name === "host")?.[1] ?? "";
  return {
    request: `${request.method} ${authority}${request.url}`,
    headers: headers.filter(([name]) => name !== "host" && name !== "transfer-encoding").map(headerLine),
    body,
    trailers: receivedPairs(request.rawTrailers).map(headerLine),
    complete: request.complete,
  };
}

async function answer(response: ServerResponse, script: ClusterResponse): Promise<void> {
  if (script === "reset") {
    response.destroy();
    return;
  }
  if (script === "incomplete") {
    response.writeHead(200, { "content-length": 10 }).write("half", () => response.destroy());
    return;
  }
  await sleep(script.delay ?? 0);
  // Node would add lines of its own, which a filter sees.
  response.sendDate = false;
  response.removeHeader("connection");
  response.writeHead(script.status ?? 200, rawHeaders(script));
  await sendBody(response, script);
}
