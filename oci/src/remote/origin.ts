import { AsmFilterError } from "../errors.ts";
import { isLoopback, isPrivate } from "./addresses.ts";

/** A URL that the other side gave, against the one it was asked by. @throws {AsmFilterError} `ASMF_OCI_RESPONSE_INVALID` */
export function resolveLocation(location: string | undefined, from: URL, what: string): URL {
  const url = location === undefined ? undefined : parse(location, from);
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new AsmFilterError("ASMF_OCI_RESPONSE_INVALID", `${from.host} gave no usable address for ${what}`, {
      hint: "This is a fault of the registry or of a proxy before it.",
    });
  }
  // Credentials come from the user, never from an address.
  url.username = "";
  url.password = "";
  url.hash = "";
  return url;
}

/** @throws {AsmFilterError} `ASMF_OCI_PLAIN_HTTP_REFUSED` when the way leads from TLS to plain HTTP. */
export function refuseDowngrade(from: URL, to: URL, what: string): void {
  if (from.protocol !== "https:" || to.protocol === "https:") return;
  throw new AsmFilterError("ASMF_OCI_PLAIN_HTTP_REFUSED", `${from.host} sends ${what} to plain HTTP at ${to.host}`, {
    hint: "The registry, or the proxy before it, does not know that it is reached by HTTPS: set its external URL or X-Forwarded-Proto.",
  });
}

/**
 * Plain HTTP stays on this machine, also where the other side says otherwise, unless the user allowed it.
 *
 * @throws {AsmFilterError} `ASMF_OCI_PLAIN_HTTP_REFUSED`
 */
export function refusePlainHTTP(from: URL, to: URL, what: string, isAllowed: boolean): void {
  refuseDowngrade(from, to, what);
  if (to.protocol === "https:" || isAllowed || isLoopback(to.hostname)) return;
  throw new AsmFilterError("ASMF_OCI_PLAIN_HTTP_REFUSED", `${from.host} sends ${what} to plain HTTP at ${to.host}`, {
    hint: "Nothing was sent there. If that it can be read and changed on the way is acceptable, allow it with --plain-http (`plainHTTP: true`).",
  });
}

/**
 * An upload goes on where it began, for its address carries the state and gets our credentials.
 *
 * @throws {AsmFilterError} `ASMF_OCI_ORIGIN_REFUSED`
 */
export function refuseOtherOrigin(from: URL, to: URL, what: string): void {
  if (from.origin === to.origin) return;
  throw new AsmFilterError("ASMF_OCI_ORIGIN_REFUSED", `${from.host} sends ${what} to another server, ${to.host}`, {
    hint: "Nothing was sent there. If the registry stands behind a proxy, set its external URL.",
  });
}

/**
 * A server outside may not make us ask servers inside of our network, or of this machine.
 *
 * @throws {AsmFilterError} `ASMF_OCI_ORIGIN_REFUSED`
 */
export async function refuseInside(from: URL, to: URL, what: string): Promise<void> {
  if (from.hostname === to.hostname || !(await isPrivate(to.hostname)) || (await isPrivate(from.hostname))) return;
  throw new AsmFilterError(
    "ASMF_OCI_ORIGIN_REFUSED",
    `${from.host} sends ${what} to ${to.host}, inside of a private network`,
    {
      hint: "Nothing was sent there. Ask the registry under its private address if that is meant.",
    },
  );
}

function parse(location: string, from: URL): URL | undefined {
  try {
    return new URL(location, from);
  } catch {
    return undefined;
  }
}
