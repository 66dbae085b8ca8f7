import type { Content } from "../content.ts";
import { AsmFilterError } from "../errors.ts";
import { abortable } from "../signal.ts";
import { discard, readErrors } from "./answer.ts";
import { Authenticator } from "./authenticator.ts";
import type { CredentialProvider } from "./credentials.ts";
import { refuseInside, refusePlainHTTP, resolveLocation } from "./origin.ts";
import { type RetryOptions, retryAfter, retrying } from "./retry.ts";
import type { Scope } from "./scope.ts";
import { loginHint } from "./tokens.ts";
import { type Answer, openTransport, type Transport, type TransportOptions } from "./transport.ts";

export interface ClientOptions extends Omit<TransportOptions, "origin">, RetryOptions {
  readonly credentials: () => ReturnType<CredentialProvider>;
  readonly userAgent: string;
  readonly plainHTTP?: boolean | undefined;
}

export interface Request {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  readonly url: URL;
  readonly scope: Scope;
  /** The statuses that are an answer; any other is an error. */
  readonly expect: readonly number[];
  /** What is asked for, for messages: `filters/hello:0.1`. */
  readonly what: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Content | undefined;
  /** Asked before it is sent again: where to, or the answer, when the first time did its work although nobody heard of it. */
  readonly again?: (() => Promise<URL | Answer>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const MAX_REDIRECTS = 5;

/** Speaks HTTP with one registry: logs in when asked to, follows redirects, tries again, and turns refusals into errors. */
export class Client {
  readonly #origin: URL;
  readonly #transport: Transport;
  readonly #auth: Authenticator;
  readonly #options: ClientOptions;

  constructor(origin: URL, options: ClientOptions, transport: Transport = openTransport({ ...options, origin })) {
    this.#origin = origin;
    this.#options = options;
    this.#transport = transport;
    const send: ConstructorParameters<typeof Authenticator>[1]["send"] = (request) =>
      retrying(() => transport({ ...request, headers: this.#headers(request.headers) }), true, options, undefined);
    this.#auth = new Authenticator(origin, { ...options, send });
  }

  /** @throws {AsmFilterError} when no answer with an expected status came. */
  async send(request: Request): Promise<Answer> {
    try {
      return await abortable(request.signal, () => this.#expected(request));
    } catch (error) {
      throw this.#redacted(error);
    }
  }

  async #expected(request: Request): Promise<Answer> {
    const answer = await this.#authorized(request);
    if (request.expect.includes(answer.status)) return answer;
    throw await this.#refusal(answer, request);
  }

  /** Sends once as it is, and once more after a challenge could be met. A challenge to that is the answer: no loop. */
  async #authorized(request: Request): Promise<Answer> {
    const sent = this.#auth.header(request.scope);
    const answer = await this.#repeated(request, sent);
    const challenge = answer.headers["www-authenticate"];
    if (answer.status !== 401 || challenge === undefined || !canRepeat(request.body)) return answer;
    // Who redirects to a server that asks for a login gets none.
    if (answer.url.origin !== this.#origin.origin) return answer;
    try {
      if (!(await this.#auth.challenged(challenge, request.scope, sent))) return answer;
    } catch (error) {
      await discard(answer);
      throw error;
    }
    await discard(answer);
    return this.#repeated(request, this.#auth.header(request.scope));
  }

  #repeated(request: Request, authorization: string | undefined): Promise<Answer> {
    let isFirst = true;
    const send = async () => {
      const next = isFirst ? request.url : ((await request.again?.()) ?? request.url);
      isFirst = false;
      return next instanceof URL ? this.#followed({ ...request, url: next }, authorization) : next;
    };
    return retrying(send, canRepeat(request.body), this.#options, request.signal);
  }

  /** Follows redirects by hand: the login stays with the registry, and TLS is never left. Only reading is redirected. */
  async #followed(request: Request, authorization: string | undefined): Promise<Answer> {
    const isReading = request.method === "GET" || request.method === "HEAD";
    let url = request.url;
    let isOurs = true;
    for (let hops = 0; ; hops += 1) {
      // Not again where another server leads back: it would choose what we ask for in the user's name.
      isOurs &&= url.origin === this.#origin.origin;
      const answer = await this.#transport({
        method: request.method,
        url,
        headers: this.#headers({
          ...request.headers,
          ...(authorization !== undefined && isOurs ? { authorization } : {}),
        }),
        body: typeof request.body === "function" ? await request.body() : request.body,
        signal: request.signal,
      });
      if (![301, 302, 303, 307, 308].includes(answer.status) || !isReading) return answer;
      await discard(answer);
      if (hops === MAX_REDIRECTS) throw tooManyRedirects(request);
      const next = resolveLocation(answer.headers.location, url, request.what);
      refusePlainHTTP(url, next, request.what, this.#options.plainHTTP === true);
      await refuseInside(this.#origin, next, request.what);
      url = next;
    }
  }

  /** Without `identity` a server may send other bytes than those of the digest. */
  #headers(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
    return { "user-agent": this.#options.userAgent, "accept-encoding": "identity", ...headers };
  }

  async #refusal(answer: Answer, { method, what, url }: Request): Promise<AsmFilterError> {
    // The answer to HEAD has no body, but what is not read to its end keeps the connection, and with it the process.
    if (method === "HEAD") await discard(answer);
    const said = method === "HEAD" ? "" : await readErrors(answer, (text) => this.#auth.redact(text));
    const status = `${answer.status}${said === "" ? "" : `, ${said}`}`;
    const host = url.host;
    switch (answer.status) {
      case 401:
        return new AsmFilterError("ASMF_OCI_UNAUTHORIZED", `${host} wants a login for ${what} (${status})`, {
          hint: loginHint(this.#origin, this.#auth.credentials),
        });
      case 403:
        return new AsmFilterError("ASMF_OCI_FORBIDDEN", `${host} does not allow access to ${what} (${status})`, {
          hint: "Ask for the permission, or log in as someone who has it.",
        });
      case 404:
        return new AsmFilterError("ASMF_OCI_NOT_FOUND", `${host} has no ${what} (${status})`, {
          hint: "Check registry, repository and tag. Some registries answer so where a login is needed.",
        });
      case 413:
        return new AsmFilterError("ASMF_OCI_TOO_LARGE", `${host} does not take ${what}: too large (${status})`, {
          hint: "Raise the limit of the registry or of the proxy before it (client_max_body_size in nginx).",
        });
    }
    if (answer.status === 400 && /HTTPS? server|HTTPS? port/i.test(said)) {
      return new AsmFilterError(
        "ASMF_OCI_RESPONSE_INVALID",
        `${host} speaks HTTPS, but was asked in plain HTTP (${status})`,
        {
          hint: "Leave --plain-http away; for a registry on this machine set `plainHTTP: false`.",
        },
      );
    }
    return otherRefusal(answer, host, what, status);
  }

  /** Errors of a connection know no secret, but a server could send one back in a header or a redirect. */
  #redacted(error: unknown): unknown {
    if (!(error instanceof AsmFilterError)) return error;
    const message = this.#auth.redact(error.message);
    return message === error.message
      ? error
      : new AsmFilterError(error.code, message, { hint: this.#auth.redact(error.hint) });
  }
}

function canRepeat(body: Content | undefined): boolean {
  return !(body instanceof ReadableStream);
}

function otherRefusal({ status, headers }: Answer, host: string, what: string, said: string): AsmFilterError {
  if (status === 408 || status === 429 || status >= 500) {
    const wait = retryAfter(headers["retry-after"], Date.now());
    return new AsmFilterError("ASMF_OCI_UNAVAILABLE", `${host} does not serve ${what} now (${said})`, {
      hint: wait === undefined ? "Try again later." : `Try again in ${Math.ceil(wait / 1000)} s, as it asks.`,
    });
  }
  return new AsmFilterError("ASMF_OCI_RESPONSE_INVALID", `${host} answers the request for ${what} with ${said}`, {
    hint: "Is it a registry? Check the address, and what the registry's log says.",
  });
}

function tooManyRedirects({ url, what }: Request): AsmFilterError {
  return new AsmFilterError(
    "ASMF_OCI_RESPONSE_INVALID",
    `${url.host} redirects more than ${MAX_REDIRECTS} times for ${what}`,
    {
      hint: "This is a fault of the registry or of a proxy before it.",
    },
  );
}
