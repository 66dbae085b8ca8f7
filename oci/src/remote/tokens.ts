import { isObject } from "../descriptor.ts";
import { AsmFilterError } from "../errors.ts";
import { parseJSON } from "../manifest.ts";
import { discard, readBody } from "./answer.ts";
import type { Credentials } from "./credentials.ts";
import { refuseInside, refusePlainHTTP, resolveLocation } from "./origin.ts";
import type { Scope } from "./scope.ts";
import type { Answer } from "./transport.ts";

/** A token and when to stop using it, in milliseconds since 1970. */
export interface Token {
  readonly text: string;
  readonly expires: number;
}

export interface TokenRequest {
  /** The registry that named the realm. */
  readonly registry: URL;
  readonly realm: string | undefined;
  readonly service: string | undefined;
  readonly scopes: readonly Scope[];
  readonly credentials: Credentials | undefined;
  /** Whether the user allowed plain HTTP beyond this machine. */
  readonly plainHTTP?: boolean | undefined;
}

type Send = (request: {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body?: Uint8Array;
}) => Promise<Answer>;

// The distribution token specification says 60 seconds where a server says nothing.
const DEFAULT_LIFETIME_S = 60;
const MAX_TOKEN_BODY = 1024 * 1024;

/**
 * Asks a token server for a token (distribution, "Token Authentication Specification"; with an identity token its OAuth2 variant).
 * The realm comes from the registry: it may not lead to plain HTTP, nor from outside into a private network, and is asked itself, not where it redirects to.
 */
export async function fetchToken(request: TokenRequest, send: Send, now: () => number): Promise<Token> {
  const realm = resolveLocation(request.realm, request.registry, "its token server");
  refusePlainHTTP(request.registry, realm, "the login", request.plainHTTP === true);
  await refuseInside(request.registry, realm, "the login");
  const asked = now();
  const { credentials } = request;
  const answer =
    credentials !== undefined && "identityToken" in credentials
      ? await refresh(realm, request, credentials.identityToken, send)
      : await login(realm, request, credentials, send);
  if (answer.status !== 200) throw await refusal(answer, realm, request);
  return parseToken(await readBody(answer, MAX_TOKEN_BODY), realm, asked);
}

function login(
  realm: URL,
  { service, scopes }: TokenRequest,
  credentials: { username: string; password: string } | undefined,
  send: Send,
) {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  const headers = credentials === undefined ? {} : { authorization: basic(credentials) };
  return send({ method: "GET", url, headers });
}

function refresh(realm: URL, { service, scopes }: TokenRequest, identityToken: string, send: Send): Promise<Answer> {
  const form = new URLSearchParams({
    grant_type: "refresh_token",
    refresh_token: identityToken,
    client_id: "asmfilter",
    service: service ?? "",
    scope: scopes.join(" "),
  });
  const body = new TextEncoder().encode(form.toString());
  const headers = { "content-type": "application/x-www-form-urlencoded", "content-length": String(body.byteLength) };
  return send({ method: "POST", url: realm, headers, body });
}

export function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}

async function refusal(answer: Answer, realm: URL, { registry, credentials }: TokenRequest): Promise<AsmFilterError> {
  await discard(answer);
  const refused = answer.status === 401 || answer.status === 403 || answer.status === 400;
  return new AsmFilterError(
    refused ? "ASMF_OCI_UNAUTHORIZED" : "ASMF_OCI_UNAVAILABLE",
    `the token server ${realm.host} of ${registry.host} gives no token (${answer.status})`,
    { hint: refused ? loginHint(registry, credentials) : "Try again; if it stays, ask whoever runs the registry." },
  );
}

/** What to do about a 401. */
export function loginHint(registry: URL, credentials: Credentials | undefined): string {
  return credentials === undefined
    ? `Log in: \`docker login ${registry.host}\` writes the config.json that is read here; or give --username and --password-stdin.`
    : `The registry does not take these credentials. Log in again with \`docker login ${registry.host}\`, or give --username and --password-stdin.`;
}

function parseToken(bytes: Uint8Array, realm: URL, asked: number): Token {
  const value = parseTokenJSON(bytes);
  const text = isObject(value) ? (value.token ?? value.access_token) : undefined;
  // RFC 6750, section 2.1. Anything else could break out of the header.
  if (!isObject(value) || typeof text !== "string" || !/^[A-Za-z0-9\-._~+/]+=*$/.test(text)) {
    throw new AsmFilterError(
      "ASMF_OCI_RESPONSE_INVALID",
      `the token server ${realm.host} answers without a usable token`,
      {
        hint: "This is a fault of the registry or of a proxy before it.",
      },
    );
  }
  const lifetime = typeof value.expires_in === "number" && value.expires_in > 0 ? value.expires_in : DEFAULT_LIFETIME_S;
  // A tenth early, so that it does not expire on its way.
  return { text, expires: asked + lifetime * 900 };
}

function parseTokenJSON(bytes: Uint8Array): unknown {
  try {
    return parseJSON(bytes);
  } catch {
    // Its error may quote the token.
    return undefined;
  }
}
