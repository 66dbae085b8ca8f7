import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTLSServer } from "node:https";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** A request as it arrived. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly headers: IncomingMessage["headers"];
}

export interface Server {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  readonly seen: Seen[];
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** A server on this machine that does just what `handle` says, however wrong; gone after the test. With `tls` it speaks HTTPS. */
export async function serve(handle: Handler, tls?: { key: string; cert: string }): Promise<Server> {
  const seen: Seen[] = [];
  const listener: RequestListener = (request, response) => {
    const { method = "", url = "", headers } = request;
    seen.push({ method, url, authorization: headers.authorization, headers });
    Promise.resolve(handle(request, response)).catch((error) => response.destroy(error));
  };
  const server = tls === undefined ? createServer(listener) : createTLSServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

/** Answers and ends. */
export function answer(
  response: ServerResponse,
  status: number,
  headers: Record<string, string | number> = {},
  body: string | Uint8Array = "",
): void {
  response.writeHead(status, headers).end(body);
}

/** All that a client sends. */
export async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
