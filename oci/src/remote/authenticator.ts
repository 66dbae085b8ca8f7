import { parseChallenges } from "./challenge.ts";
import type { CredentialProvider, Credentials } from "./credentials.ts";
import { mergeScopes, type Scope } from "./scope.ts";
import { basic, fetchToken, type Token, type TokenRequest } from "./tokens.ts";

export interface AuthenticatorOptions {
  readonly credentials: () => ReturnType<CredentialProvider>;
  /** Sends a request to a token server. */
  readonly send: Parameters<typeof fetchToken>[1];
  readonly plainHTTP?: boolean | undefined;
  readonly now?: () => number;
}

/**
 * Finds the `Authorization` for requests to one registry. It says nothing before the registry asks: an answer 401 is given to
 * {@link challenged}, which learns the scheme and gets credentials or a token; from then on {@link header} knows.
 */
export class Authenticator {
  readonly #registry: URL;
  readonly #find: () => Promise<Credentials | undefined>;
  readonly #fetchToken: (request: Omit<TokenRequest, "plainHTTP">) => Promise<Token>;
  readonly #now: () => number;
  readonly #tokens = new Map<string, Token>();
  readonly #fetching = new Map<string, Promise<Token>>();
  readonly #secrets = new Set<string>();
  #credentials: Credentials | undefined;
  #basic: string | undefined;

  constructor(registry: URL, { credentials, send, plainHTTP, now = Date.now }: AuthenticatorOptions) {
    this.#registry = registry;
    this.#find = async () => credentials();
    this.#fetchToken = (request) => fetchToken({ ...request, plainHTTP }, send, now);
    this.#now = now;
  }

  /** What the user logs in with, as far as it was asked for. */
  get credentials(): Credentials | undefined {
    return this.#credentials;
  }

  header(scope: Scope): string | undefined {
    const token = this.#tokens.get(scope);
    if (token !== undefined && token.expires > this.#now()) return `Bearer ${token.text}`;
    return this.#basic;
  }

  /**
   * @param sent the header of the request that was refused.
   * @returns whether {@link header} now has something else to try.
   */
  async challenged(wwwAuthenticate: string, scope: Scope, sent: string | undefined): Promise<boolean> {
    // Another request was refused at the same time, and has learned it already.
    const learned = this.header(scope);
    if (learned !== undefined && learned !== sent) return true;
    const challenges = parseChallenges(wwwAuthenticate);
    const bearer = challenges.find(({ scheme }) => scheme === "bearer");
    if (bearer !== undefined) {
      this.#credentials = this.#remember(await this.#find());
      // Without Basic, which a registry with both may have asked for before.
      this.#basic = undefined;
      this.#tokens.set(scope, await this.#token(bearer.parameters, scope));
    } else if (challenges.some(({ scheme }) => scheme === "basic")) {
      const credentials = this.#remember(await this.#find());
      this.#credentials = credentials;
      if (credentials !== undefined && "password" in credentials) this.#basic = basic(credentials);
    }
    const header = this.header(scope);
    return header !== undefined && header !== sent;
  }

  /** A text without any secret that went over this connection, whoever wrote it into the text. */
  redact(text: string): string {
    let clean = text;
    // In any case, for a URL writes its host in small letters.
    for (const secret of this.#secrets) clean = clean.replace(new RegExp(escaped(secret), "gi"), "[redacted]");
    return clean;
  }

  /** Requests side by side share one token. */
  async #token({ realm, service, scope: asked }: Readonly<Record<string, string>>, scope: Scope): Promise<Token> {
    const running = this.#fetching.get(scope);
    if (running !== undefined) return running;
    const fetching = this.#fetchToken({
      registry: this.#registry,
      realm,
      service,
      scopes: mergeScopes(scope, asked ?? ""),
      credentials: this.#credentials,
    }).finally(() => this.#fetching.delete(scope));
    this.#fetching.set(scope, fetching);
    const token = await fetching;
    this.#secrets.add(token.text);
    return token;
  }

  #remember(credentials: Credentials | undefined): Credentials | undefined {
    if (credentials === undefined) return undefined;
    const secrets =
      "identityToken" in credentials
        ? [credentials.identityToken]
        : [
            credentials.password,
            encodeURIComponent(credentials.password),
            basic(credentials).replace(/^Basic |=+$/g, ""),
          ];
    // A secret of one or two characters would redact everything and protect nothing.
    for (const secret of secrets) if (secret.length > 2) this.#secrets.add(secret);
    return credentials;
  }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
