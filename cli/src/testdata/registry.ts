import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { onTestFinished } from "vitest";

/** What a registry may do wrong, and whom it lets in. */
export interface Behaviour {
  /** `user:password` that it asks for. */
  credentials?: string;
  /** Changes the bytes of a blob before they are sent. */
  tamper?: (blob: Buffer) => Buffer;
}

export interface Registry {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** How it behaves from now on. */
  behave(behaviour: Behaviour): void;
}

interface Content {
  type: string;
  bytes: Buffer;
}

/**
 * A registry by the distribution spec, as much as push and pull need of it: blobs in one piece, manifests by tag and digest.
 * It stops when the test has finished.
 */
export async function registry(initial: Behaviour = {}): Promise<Registry> {
  let behaviour = initial;
  const content = new Map<string, Content>();
  const server = createServer((request, response) => {
    answer(request, response, content, behaviour).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => void server.close(() => resolve()));
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    behave(next) {
      behaviour = next;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  content: Map<string, Content>,
  behaviour: Behaviour,
) {
  const body = await buffer(request);
  const url = new URL(request.url ?? "/", "http://registry");
  if (behaviour.credentials !== undefined && request.headers.authorization !== basic(behaviour.credentials)) {
    response.writeHead(401, { "www-authenticate": 'Basic realm="registry"' });
    return response.end(failure("UNAUTHORIZED", "authentication required"));
  }
  const [, repository, kind, key = ""] = /^\/v2\/(.+)\/(blobs|manifests)\/(.*)$/.exec(url.pathname) ?? [];
  if (repository === undefined) return response.writeHead(url.pathname === "/v2/" ? 200 : 404).end();
  if (request.method === "POST") {
    return response.writeHead(202, { location: `/v2/${repository}/blobs/uploads/1` }).end();
  }
  if (request.method === "PUT") {
    const digest = url.searchParams.get("digest") ?? digestOf(body);
    const stored = { type: request.headers["content-type"] ?? "application/octet-stream", bytes: body };
    content.set(`${repository} ${digest}`, stored);
    if (kind === "manifests") content.set(`${repository} ${key}`, stored);
    return response
      .writeHead(201, { location: `/v2/${repository}/${kind}/${digest}`, "docker-content-digest": digest })
      .end();
  }
  const found = content.get(`${repository} ${key}`);
  if (found === undefined)
    return response.writeHead(404).end(failure(`${kind?.slice(0, -1).toUpperCase()}_UNKNOWN`, "not here"));
  const bytes = kind === "blobs" && behaviour.tamper !== undefined ? behaviour.tamper(found.bytes) : found.bytes;
  response.writeHead(200, {
    "content-type": found.type,
    "content-length": bytes.length,
    "docker-content-digest": digestOf(found.bytes),
  });
  return response.end(request.method === "HEAD" ? undefined : bytes);
}

const basic = (credentials: string): string => `Basic ${Buffer.from(credentials).toString("base64")}`;
const digestOf = (bytes: Buffer): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const failure = (code: string, message: string): string => JSON.stringify({ errors: [{ code, message }] });
