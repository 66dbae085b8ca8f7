import { Agent, type IncomingMessage, request } from "node:http";
import { type Answer, headerLine } from "./outcome.ts";
import { headersOf, type Message } from "./scenario.ts";
import { rawHeaders, receivedPairs, sendBody } from "./wire.ts";

/** Real milliseconds that an answer may take. */
const patience = 5000;

/** What Envoy writes into every answer behind its filters. */
const written: readonly string[] = ["date", "server", "connection", "keep-alive", "transfer-encoding"];

/** Sends a request over a connection of its own. */
export function send(port: number, message: Message): Promise<Omit<Answer, "upstream">> {
  return new Promise((resolve) => {
    const agent = new Agent();
    const broken = { status: 0, headers: [], body: "", trailers: [], complete: false };
    const outgoing = request({
      host: "127.0.0.1",
      port,
      agent,
      path: message.path ?? "/",
      method: message.method ?? (message.body === undefined ? "GET" : "POST"),
      headers: ["host", "example.com", ...rawHeaders({ ...message, headers: headersOf(message) })],
      signal: AbortSignal.timeout(patience),
    });
    outgoing.on("response", (response) => void read(response).then(resolve));
    // After an answer it means no more than that Envoy did not want the rest of the request.
    outgoing.on("error", () => resolve(broken));
    outgoing.on("close", () => agent.destroy());
    void sendBody(outgoing, message);
  });
}

async function read(response: IncomingMessage): Promise<Omit<Answer, "upstream">> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of response) pieces.push(piece as Buffer);
  } catch {
    // It broke off, as `complete` tells.
  }
  return {
    status: response.statusCode!,
    headers: receivedPairs(response.rawHeaders)
      .filter(([name]) => !written.includes(name))
      .map(headerLine),
    body: Buffer.concat(pieces).toString(),
    trailers: receivedPairs(response.rawTrailers).map(headerLine),
    complete: response.complete,
  };
}
