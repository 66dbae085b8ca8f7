import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import { apiVersion, type KubeObject, type ObjectMeta, pathOf, type Resource } from "./types.ts";

/** Who the controller is to server-side apply: the owner of the fields that it writes. */
export const fieldManager = "asmfilter";

/** An answer of the API server that is not a success. `status` is the HTTP status, `reason` the API's own word (`NotFound`, `Conflict`, `Expired`, …). */
export class KubeError extends Error {
  readonly status: number;
  readonly reason: string;
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfter: number | undefined;

  constructor(status: number, reason: string, message: string, retryAfter?: number) {
    super(message);
    this.name = "KubeError";
    this.status = status;
    this.reason = reason;
    this.retryAfter = retryAfter;
  }
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

interface Call {
  readonly method?: string;
  readonly query?: Query;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal | undefined;
}

const requestTimeout = 30_000;
const attempts = 5;
const longestWait = 10_000;

/**
 * Plain calls to the API server, with the address and the credentials of a {@link KubeConfig}.
 *
 * Connections are kept alive, and a call that the server puts off (429, or 503 with Retry-After) is repeated up to
 * five times; any other failure is the caller's, who has a queue with backoff.
 */
export class Kube {
  readonly #config: KubeConfig;
  readonly #server: URL;
  #agent: { identity: string; agent: HttpAgent } | undefined;

  constructor(config: KubeConfig) {
    const cluster = config.getCurrentCluster();
    if (cluster === null) throw new Error("the kubeconfig has no current context with a cluster");
    this.#config = config;
    this.#server = new URL(cluster.server);
  }

  /** The object, or undefined where there is none. */
  async get<T extends KubeObject>(type: Resource, namespace: string, name: string): Promise<T | undefined> {
    try {
      return await this.call<T>(pathOf(type, namespace, name));
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** All objects of a kind, or those of one namespace or with some labels. For few objects: it does not page. */
  async list<T extends KubeObject>(type: Resource, namespace?: string, query?: Query): Promise<T[]> {
    const { items } = await this.call<{ items: T[] }>(pathOf(type, namespace), query === undefined ? {} : { query });
    return items;
  }

  /** @throws {KubeError} 409 `AlreadyExists`. */
  async create<T extends KubeObject>(type: Resource, object: T): Promise<T> {
    const body = { apiVersion: apiVersion(type), kind: type.kind, ...object };
    return this.call<T>(pathOf(type, object.metadata.namespace), { method: "POST", body, query: { fieldManager } });
  }

  /**
   * Server-side apply: the object has the fields given, and none of those that we set earlier and no longer give; other owners' fields stay.
   * `force` takes over fields from other managers, which is what repairing drift means.
   */
  async apply<T extends KubeObject>(type: Resource, object: T, subresource?: "status"): Promise<T> {
    const { namespace, name } = object.metadata;
    return this.call<T>(pathOf(type, namespace, name, subresource), {
      method: "PATCH",
      contentType: "application/apply-patch+yaml",
      query: { fieldManager, force: true },
      body: { apiVersion: apiVersion(type), kind: type.kind, ...object },
    });
  }

  /** A JSON merge patch. */
  async merge<T extends KubeObject>(type: Resource, namespace: string, name: string, body: unknown): Promise<T> {
    const contentType = "application/merge-patch+json";
    return this.call<T>(pathOf(type, namespace, name), { method: "PATCH", contentType, query: { fieldManager }, body });
  }

  /** Deletes the object that was seen, and no other that has its name since. Gone already is fine. */
  async delete(type: Resource, { namespace, name, uid }: ObjectMeta): Promise<void> {
    const preconditions = uid === undefined ? {} : { preconditions: { uid } };
    const body = { apiVersion: "v1", kind: "DeleteOptions", ...preconditions };
    try {
      await this.call(pathOf(type, namespace, name), { method: "DELETE", body });
    } catch (error) {
      const gone = error instanceof KubeError && (error.status === 404 || error.status === 409);
      if (!gone) throw error;
    }
  }

  /** One call, its answer read as JSON. */
  async call<T>(path: string, options: Call = {}): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const timeout = AbortSignal.timeout(requestTimeout);
        const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
        const response = await this.open(path, { ...options, signal });
        return JSON.parse(await text(response)) as T;
      } catch (error) {
        const wait = error instanceof KubeError ? error.retryAfter : undefined;
        if (wait === undefined || attempt === attempts) throw error;
        await sleep(Math.min(wait, longestWait), undefined, { signal: options.signal });
      }
    }
  }

  /**
   * The answer as it arrives, for watches. The signal ends the answer, too.
   * @throws {KubeError} for any status but a success.
   */
  async open(path: string, options: Call): Promise<IncomingMessage> {
    const url = new URL(path, this.#server);
    url.pathname = `${this.#server.pathname.replace(/\/$/, "")}${path}`;
    for (const [name, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const headers: Record<string, string> = { accept: options.accept ?? "application/json", "user-agent": "asmfilter" };
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    if (body !== undefined) {
      headers["content-type"] = options.contentType ?? "application/json";
      headers["content-length"] = String(Buffer.byteLength(body));
    }
    const request = { method: options.method ?? "GET", headers, signal: options.signal };
    const response = await this.#send(url, request, body);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    throw refusal(status, response.headers["retry-after"], await text(response));
  }

  async #send(url: URL, base: RequestOptions, body: string | undefined): Promise<IncomingMessage> {
    const options = await this.#authenticated(base);
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const request = send(url, options, resolve);
      request.on("error", (error: NodeJS.ErrnoException) => {
        // A connection that the server closed while it was idle says nothing about this call.
        if (request.reusedSocket && error.code === "ECONNRESET") this.#send(url, base, body).then(resolve, reject);
        else reject(error);
      });
      request.end(body);
    });
  }

  /** Asks the KubeConfig each time, since tokens and client certificates are renewed; keeps the agent while they are the same. */
  async #authenticated(base: RequestOptions): Promise<RequestOptions> {
    const options: import("node:https").RequestOptions = { ...base };
    await this.#config.applyToHTTPSOptions(options);
    const { ca, cert, key, rejectUnauthorized, servername } = options;
    const identity = [ca, cert, key, rejectUnauthorized, servername].map(String).join("\n");
    if (this.#agent?.identity !== identity) {
      const tls = Object.entries({ ca, cert, key, rejectUnauthorized, servername }).filter(
        ([, value]) => value !== undefined,
      );
      const own =
        this.#server.protocol === "https:"
          ? new HttpsAgent({ keepAlive: true, ...Object.fromEntries(tls) })
          : new HttpAgent({ keepAlive: true });
      const proxied = this.#config.getCurrentCluster()?.proxyUrl !== undefined;
      this.#agent = { identity, agent: proxied ? (options.agent as HttpAgent) : own };
    }
    return { ...options, agent: this.#agent.agent };
  }

  /** Closes idle connections. */
  close(): void {
    this.#agent?.agent.destroy();
  }
}

async function text(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function refusal(status: number, retryAfter: string | undefined, body: string): KubeError {
  const seconds = Number(retryAfter);
  const wait = (status === 429 || status === 503) && seconds > 0 ? seconds * 1000 : undefined;
  try {
    const answer = JSON.parse(body) as { reason?: string; message?: string };
    return new KubeError(status, answer.reason ?? "", answer.message ?? `HTTP ${status}`, wait);
  } catch {
    return new KubeError(status, "", `HTTP ${status}: ${body.slice(0, 200)}`, wait);
  }
}
