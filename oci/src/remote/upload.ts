import type { Content } from "../content.ts";
import { openContent, taking } from "../content.ts";
import type { Descriptor } from "../descriptor.ts";
import { AsmFilterError } from "../errors.ts";
import { discard } from "./answer.ts";
import type { Client } from "./client.ts";
import { refuseDowngrade, refuseOtherOrigin, resolveLocation } from "./origin.ts";
import type { Scope } from "./scope.ts";
import type { Answer } from "./transport.ts";

export interface Upload {
  readonly client: Client;
  /** `…/v2/REPOSITORY/blobs/uploads/` */
  readonly start: URL;
  readonly scope: Scope;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Uploads a blob in one piece: POST for an address, PUT with the content (distribution-spec 1.1, "POST then PUT").
 * The content is verified as it passes; the connection breaks before its end where it is not what the descriptor says.
 */
export async function uploadBlob(upload: Upload, descriptor: Descriptor, content: Content): Promise<void> {
  const { client, scope, signal } = upload;
  const url = await begin(upload, descriptor);
  const body = await repeatable(content, descriptor, signal);
  const done = await taking(body, () =>
    client.send({
      method: "PUT",
      url,
      scope,
      expect: [200, 201],
      what: `blob ${descriptor.digest}`,
      headers: { "content-type": "application/octet-stream", "content-length": String(descriptor.size) },
      body,
      // The address was for one upload: it may be gone, also because all arrived and only the answer was lost.
      again: async () => (await stored(upload, descriptor)) ?? (await begin(upload, descriptor)),
      signal,
    }),
  );
  await discard(done);
  checkStored(done, descriptor);
}

/** The address to upload to. */
async function begin({ client, start, scope, signal }: Upload, { digest }: Descriptor): Promise<URL> {
  const headers = { "content-length": "0" };
  const what = `blob ${digest}`;
  const begun = await client.send({ method: "POST", url: start, scope, expect: [202], what, headers, signal });
  await discard(begun);
  const url = resolveLocation(begun.headers.location, begun.url, "the upload");
  refuseDowngrade(start, url, "the upload");
  refuseOtherOrigin(start, url, "the upload");
  url.searchParams.set("digest", digest);
  return url;
}

async function stored({ client, start, scope, signal }: Upload, { digest }: Descriptor): Promise<Answer | undefined> {
  const url = new URL(`../${digest}`, start);
  const found = await client.send({ method: "HEAD", url, scope, expect: [200, 404], what: `blob ${digest}`, signal });
  if (found.status === 200) return found;
  await discard(found);
  return undefined;
}

/** A function stays one, so that it can be opened again; bytes are checked before the first of them leaves. */
async function repeatable(content: Content, descriptor: Descriptor, signal: AbortSignal | undefined): Promise<Content> {
  const open = () => openContent(content, descriptor, signal);
  return content instanceof ReadableStream ? open() : open;
}

/** @throws {AsmFilterError} `ASMF_OCI_DIGEST_MISMATCH` when the registry says that it stored something else. */
export function checkStored({ headers, url }: Answer, { digest }: Descriptor): void {
  const stored = headers["docker-content-digest"];
  // A registry may name what it stored by another algorithm.
  if (typeof stored !== "string" || stored === digest || stored.split(":")[0] !== digest.split(":")[0]) return;
  throw new AsmFilterError("ASMF_OCI_DIGEST_MISMATCH", `${url.host} got ${digest} and says it stored another digest`, {
    hint: "Something on the way, or the registry, changes content. Do not use what it serves.",
  });
}
