import type { Agent, ClientRequest, IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { networkFailure, timedOut } from "./network-failure.ts";

/** One request, as it goes out. */
export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | ReadableStream<Uint8Array> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What came back. The body is read to its end or destroyed by whoever has the answer. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: IncomingMessage;
  readonly url: URL;
}

export interface TransportOptions {
  /** The registry. Its CA and `insecureSkipVerify` are for this origin alone, not for where it redirects to. */
  readonly origin: URL;
  /** PEM of certificates to trust instead of the system's. */
  readonly ca?: string | undefined;
  readonly insecureSkipVerify?: boolean | undefined;
  /** Milliseconds to wait for a connection, TLS included; default 10,000. */
  readonly connectTimeout?: number | undefined;
  /** Milliseconds without a byte in either direction; default 60,000. */
  readonly idleTimeout?: number | undefined;
}

/** Sends one request and follows nothing. @throws {AsmFilterError} when no answer came. */
export type Transport = (exchange: Exchange) => Promise<Answer>;

/** Connections are kept a while for the next request to the same server, by whatever target, and do not keep the process alive. */
export function openTransport(options: TransportOptions): Transport {
  let modules: ReturnType<typeof load> | undefined;
  return async (exchange) => {
    // Loaded at the first request: a command that asks no registry starts faster.
    modules ??= load(options);
    const { request, agent } = (await modules)(exchange.url);
    return send(exchange, request, { agent }, options);
  };
}

// Shorter than most servers keep a connection, so that few requests meet one that is just being closed.
const KEPT_MS = 4000;

/** The agents of this process, by what they trust. */
const agents = new Map<string, Agent>();

async function load({ origin, ca, insecureSkipVerify }: TransportOptions) {
  const [http, https] = await Promise.all([import("node:http"), import("node:https")]);
  const own = { ...(ca === undefined ? {} : { ca }), ...(insecureSkipVerify ? { rejectUnauthorized: false } : {}) };
  const secure = (trust: object) =>
    agentFor(JSON.stringify(trust), () => new https.Agent({ keepAlive: true, ...trust }));
  return (url: URL) => {
    if (url.protocol === "http:") {
      return { request: http.request, agent: agentFor("http", () => new http.Agent({ keepAlive: true })) };
    }
    return { request: https.request, agent: secure(url.origin === origin.origin ? own : {}) };
  };
}

function agentFor(key: string, make: () => Agent): Agent {
  let agent = agents.get(key);
  if (agent === undefined) {
    agent = make();
    // The next request that takes the socket sets its own time; until then the agent closes it after this one.
    agent.on("free", (socket: Socket) => void socket.setTimeout(KEPT_MS));
    agents.set(key, agent);
  }
  return agent;
}

async function send(
  { method, url, headers, body, signal }: Exchange,
  request: typeof import("node:http").request,
  { agent }: { agent: Agent },
  { connectTimeout = 10_000, idleTimeout = 60_000 }: TransportOptions,
): Promise<Answer> {
  signal?.throwIfAborted();
  const outgoing = request(url, { method, headers, agent, ...(signal ? { signal } : {}) });
  limitTime(outgoing, url, connectTimeout, idleTimeout);
  return new Promise<Answer>((resolve, reject) => {
    const fail = (error: unknown): void => reject(signal?.aborted ? signal.reason : networkFailure(error, url));
    outgoing.once("error", fail);
    outgoing.once("response", (incoming) => {
      // Errors after the answer reach its reader.
      outgoing.off("error", fail).on("error", () => {});
      // An answer before the end of the upload is a refusal: what is left of the content is not sent.
      incoming.once("end", () => outgoing.writableFinished || outgoing.destroy());
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: incoming, url });
    });
    if (body === undefined || body instanceof Uint8Array) outgoing.end(body);
    // The source's own error, a wrong digest for one, and not the broken connection that follows from it.
    else pipeline(Readable.from(watched(body, reject)), outgoing).catch(fail);
  });
}

async function* watched(
  body: ReadableStream<Uint8Array>,
  failed: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    failed(error);
    throw error;
  }
}

function limitTime(outgoing: ClientRequest, url: URL, connectTimeout: number, idleTimeout: number): void {
  let waiting: { destroy(error: Error): unknown } = outgoing;
  // Once there is an answer, its reader is the one to be told.
  outgoing.once("response", (incoming) => {
    waiting = incoming;
  });
  outgoing.setTimeout(idleTimeout, () => waiting.destroy(timedOut(url, `no byte for ${idleTimeout} ms`)));
  outgoing.once("socket", (socket) => {
    if (!socket.connecting) return;
    const late = setTimeout(
      () => outgoing.destroy(timedOut(url, `no connection within ${connectTimeout} ms`)),
      connectTimeout,
    );
    const connected = url.protocol === "https:" ? "secureConnect" : "connect";
    for (const event of [connected, "close"]) socket.once(event, () => clearTimeout(late));
  });
}
