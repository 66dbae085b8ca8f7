import { refuseOtherOrigin, resolveLocation } from "./origin.ts";
import type { Answer } from "./transport.ts";

/**
 * The next page of a list, from the `Link` header (RFC 8288), undefined after the last.
 *
 * @throws {AsmFilterError} `ASMF_OCI_ORIGIN_REFUSED` when it is on another server (as in GHSA-h7vf-4x9w-h99v).
 */
export function nextPage({ headers, url }: Answer): URL | undefined {
  const link = headers.link;
  if (link === undefined || Array.isArray(link)) return undefined;
  const target = /<([^>]*)>\s*;[^,]*\brel\s*=\s*"?next\b/i.exec(link)?.[1];
  if (target === undefined) return undefined;
  const next = resolveLocation(target, url, "the next page");
  refuseOtherOrigin(url, next, "the next page");
  return next;
}
