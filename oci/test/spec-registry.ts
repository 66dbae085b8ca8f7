import type { IncomingMessage, ServerResponse } from "node:http";
import { digestOf } from "../src/digest.ts";
import { answer, bodyOf, type Server, serve } from "./server.ts";

/** A registry in memory that does what distribution-spec 1.1 says of pull, push and tags, and no more, for the fast tests. */
export async function specRegistry(
  before: (request: IncomingMessage, response: ServerResponse) => boolean = () => false,
): Promise<Server> {
  const blobs = new Map<string, Uint8Array>();
  const manifests = new Map<string, { type: string; bytes: Uint8Array }>();
  const tags = new Map<string, Set<string>>();

  const putManifest = async (request: IncomingMessage, response: ServerResponse, name: string, reference: string) => {
    const bytes = await bodyOf(request);
    const digest = digestOf(bytes, reference.startsWith("sha512:") ? "sha512" : "sha256");
    if (reference.includes(":") && reference !== digest) return answer(response, 400);
    for (const key of [reference, digest]) {
      manifests.set(`${name}/${key}`, { type: request.headers["content-type"] ?? "", bytes });
    }
    if (!reference.includes(":")) tags.set(name, (tags.get(name) ?? new Set()).add(reference));
    answer(response, 201, { location: `/v2/${name}/manifests/${digest}`, "docker-content-digest": digest });
  };

  return serve(async (request, response) => {
    if (before(request, response)) return;
    const url = new URL(request.url ?? "", "http://registry");
    const [, name = "", kind, rest = ""] =
      /^\/v2\/(.+)\/(blobs|manifests|tags)\/([^?]*)$/.exec(decodeURIComponent(url.pathname)) ?? [];
    const method = request.method ?? "";
    if (kind === "tags") return answer(response, 200, {}, JSON.stringify({ name, tags: [...(tags.get(name) ?? [])] }));
    if (kind === "manifests" && method === "PUT") return putManifest(request, response, name, rest);
    if (method === "POST") return answer(response, 202, { location: `/v2/${name}/blobs/uploads/1?state=a%2Bb` });
    if (method === "PUT") {
      const digest = url.searchParams.get("digest") ?? "";
      const bytes = await bodyOf(request);
      if (digestOf(bytes, digest.startsWith("sha512:") ? "sha512" : "sha256") !== digest) return answer(response, 400);
      if (url.searchParams.get("state") !== "a+b" || !request.headers["content-length"]) return answer(response, 400);
      blobs.set(`${name}/${digest}`, bytes);
      return answer(response, 201, { "docker-content-digest": digest });
    }
    const manifest = manifests.get(`${name}/${rest}`);
    const found =
      kind === "manifests" ? manifest : { type: "application/octet-stream", bytes: blobs.get(`${name}/${rest}`) };
    if (found?.bytes === undefined) return answer(response, 404);
    const digest = rest.includes(":") ? rest : digestOf(found.bytes);
    const headers = {
      "content-type": found.type,
      "content-length": found.bytes.length,
      "docker-content-digest": digest,
    };
    answer(response, 200, headers, method === "HEAD" ? "" : found.bytes);
  });
}
