import { type Content, checkSize, incomplete, openContent, readAll, taking, verifying } from "../content.ts";
import { type Descriptor, descriptorOf, invalid } from "../descriptor.ts";
import { algorithmOf, isDigest } from "../digest.ts";
import { AsmFilterError } from "../errors.ts";
import { MAX_MANIFEST_SIZE } from "../manifest.ts";
import { isManifestType, manifestTypes } from "../media-types.ts";
import { printable } from "../printable.ts";
import { checkTag, namesDigest, parseReference, type RegistryReference } from "../reference.ts";
import type { Options, Target } from "../target.ts";
import { isLoopback } from "./addresses.ts";
import { discard, readBody } from "./answer.ts";
import { Client } from "./client.ts";
import type { CredentialProvider, Credentials } from "./credentials.ts";
import type { RetryOptions } from "./retry.ts";
import { repositoryScope, type Scope } from "./scope.ts";
import { listTags } from "./tags.ts";
import type { Answer } from "./transport.ts";
import { checkStored, uploadBlob } from "./upload.ts";

export interface RepositoryOptions extends RetryOptions {
  /** A login, or a function that finds one when the registry asks; default: none. See {@link dockerCredentials}. */
  readonly credentials?: Credentials | CredentialProvider | undefined;
  /** Plain HTTP; default: for `localhost`, 127.0.0.0/8 and [::1] alone. Everything sent, logins too, can be read on the way. */
  readonly plainHTTP?: boolean | undefined;
  /** Takes any certificate of the registry (not of others that it redirects to). Whoever is on the way can play the registry. */
  readonly insecureSkipVerify?: boolean | undefined;
  /** PEM of the certificates to trust for the registry, instead of the system's. */
  readonly ca?: string | undefined;
  /** Milliseconds to wait for a connection; default 10,000. */
  readonly connectTimeout?: number | undefined;
  /** Milliseconds without a byte in either direction; default 60,000. */
  readonly idleTimeout?: number | undefined;
  readonly userAgent?: string | undefined;
}

/**
 * A repository of a registry (distribution-spec 1.1) as target. Tag and digest of the reference are not looked at: name them when resolving.
 *
 *     const hello = repository("ghcr.io/filters/hello", { credentials: dockerCredentials(process.env) });
 *     const manifest = await hello.resolve("0.1");
 *
 * @throws {AsmFilterError} `ASMF_OCI_REFERENCE_INVALID`
 */
export function repository(reference: string | RegistryReference, options: RepositoryOptions = {}): Target {
  const parsed = typeof reference === "string" ? parseReference(reference) : reference;
  if (parsed.kind !== "registry") {
    throw new AsmFilterError("ASMF_OCI_REFERENCE_INVALID", `${parsed.path} is a folder, not a repository`, {
      hint: "Use layout() or openTarget() for folders.",
    });
  }
  return new RemoteRepository(parsed, options);
}

class RemoteRepository implements Target {
  readonly title: string;
  readonly #name: string;
  readonly #base: URL;
  readonly #client: Client;
  readonly #pull: Scope;
  readonly #push: Scope;

  constructor({ registry, repository }: RegistryReference, options: RepositoryOptions) {
    const { credentials } = options;
    const origin = originOf(registry, options.plainHTTP);
    this.title = `${registry}/${repository}`;
    this.#name = repository;
    this.#base = new URL(`/v2/${repository}/`, origin);
    this.#pull = repositoryScope(repository, ["pull"]);
    this.#push = repositoryScope(repository, ["pull", "push"]);
    this.#client = new Client(origin, {
      ...options,
      userAgent: options.userAgent ?? "asmfilter",
      credentials: () => (typeof credentials === "function" ? credentials(registry, repository) : credentials),
    });
  }

  async fetch(descriptor: Descriptor, { signal }: Options = {}): Promise<ReadableStream<Uint8Array>> {
    const isManifest = isManifestType(descriptor.mediaType);
    if (isManifest) checkSize(descriptor, MAX_MANIFEST_SIZE);
    const answer = await this.#client.send({
      method: "GET",
      url: this.#content(descriptor),
      scope: this.#pull,
      expect: [200],
      what: this.#named(descriptor.digest),
      headers: { accept: isManifest ? descriptor.mediaType : "*/*" },
      signal,
    });
    checkHead(answer, descriptor);
    return verifying(bodyOf(answer, descriptor), descriptor, signal);
  }

  async exists(descriptor: Descriptor, { signal }: Options = {}): Promise<boolean> {
    const answer = await this.#client.send({
      method: "HEAD",
      url: this.#content(descriptor),
      scope: this.#pull,
      expect: [200, 404],
      what: this.#named(descriptor.digest),
      headers: { accept: isManifestType(descriptor.mediaType) ? descriptor.mediaType : "*/*" },
      signal,
    });
    await discard(answer);
    return answer.status === 200;
  }

  async push(descriptor: Descriptor, content: Content, options: Options = {}): Promise<void> {
    if (isManifestType(descriptor.mediaType)) {
      return this.#putManifest(descriptor, content, descriptor.digest, options);
    }
    const start = new URL("blobs/uploads/", this.#base);
    const upload = { client: this.#client, start, scope: this.#push, signal: options.signal };
    await taking(content, () => uploadBlob(upload, descriptor, content));
  }

  async pushReference(descriptor: Descriptor, content: Content, tag: string, options: Options = {}): Promise<void> {
    await this.#putManifest(descriptor, content, checkTag(tag), options);
  }

  async tag(descriptor: Descriptor, tag: string, options: Options = {}): Promise<void> {
    checkTag(tag);
    const bytes = await readAll(this, descriptor, { limit: MAX_MANIFEST_SIZE, signal: options.signal });
    await this.#putManifest(descriptor, bytes, tag, options);
  }

  async resolve(reference: string, { signal }: Options = {}): Promise<Descriptor> {
    namesDigest(reference);
    const request = {
      url: new URL(`manifests/${reference}`, this.#base),
      scope: this.#pull,
      expect: [200],
      what: this.#named(reference),
      headers: { accept: manifestTypes.join(", ") },
      signal,
    };
    const head = await this.#client.send({ ...request, method: "HEAD" });
    await discard(head);
    const found = describe(head, reference) ?? (await this.#resolveByContent({ ...request, method: "GET" }, reference));
    if (isDigest(reference) && found.digest !== reference) {
      throw new AsmFilterError("ASMF_OCI_DIGEST_MISMATCH", `${this.title} answers ${found.digest} to ${reference}`, {
        hint: "Something on the way, or the registry, changes content. Do not use what it serves.",
      });
    }
    return found;
  }

  async tags({ signal }: Options = {}): Promise<readonly string[]> {
    const first = new URL("tags/list", this.#base);
    const what = `the tags of ${this.#name}`;
    return listTags(
      first,
      (url) => this.#client.send({ method: "GET", url, scope: this.#pull, expect: [200], what, signal }),
      signal,
    );
  }

  /** A few registries leave the digest or the size out of what HEAD answers, so it is taken from the content itself. */
  async #resolveByContent(request: Parameters<Client["send"]>[0], reference: string): Promise<Descriptor> {
    const answer = await this.#client.send(request);
    const bytes = await readBody(answer, MAX_MANIFEST_SIZE, request.signal);
    const named = [reference, answer.headers["docker-content-digest"]].find(isDigest);
    return descriptorOf(manifestTypeOf(answer), bytes, named && algorithmOf(named));
  }

  async #putManifest(descriptor: Descriptor, content: Content, reference: string, { signal }: Options): Promise<void> {
    const opened = { fetch: () => openContent(content, descriptor, signal) };
    const body = await taking(content, () => readAll(opened, descriptor, { limit: MAX_MANIFEST_SIZE, signal }));
    const answer = await this.#client.send({
      method: "PUT",
      url: new URL(`manifests/${reference}`, this.#base),
      scope: this.#push,
      expect: [201],
      what: this.#named(reference),
      headers: { "content-type": descriptor.mediaType, "content-length": String(body.byteLength) },
      body,
      signal,
    });
    await discard(answer);
    checkStored(answer, descriptor);
  }

  #content({ digest, mediaType }: Descriptor): URL {
    return new URL(`${isManifestType(mediaType) ? "manifests" : "blobs"}/${digest}`, this.#base);
  }

  #named(reference: string): string {
    return isDigest(reference) ? `${this.#name}@${reference}` : `${this.#name}:${reference}`;
  }
}

function originOf(registry: string, plainHTTP: boolean | undefined): URL {
  // Docker Hub's API has a name of its own.
  const host = registry === "docker.io" || registry === "index.docker.io" ? "registry-1.docker.io" : registry;
  const url = new URL(`https://${host}`);
  // Made anew, for the port of one scheme may be the default of the other.
  return (plainHTTP ?? isLoopback(url.hostname)) ? new URL(`http://${host}`) : url;
}

/** What the headers say of a manifest; undefined where they leave something out, or name it by another algorithm than the reference. */
function describe(answer: Answer, reference: string): Descriptor | undefined {
  const digest = answer.headers["docker-content-digest"];
  const size = answer.headers["content-length"];
  if (!isDigest(digest) || size === undefined || !/^[0-9]{1,15}$/.test(size)) return undefined;
  if (isDigest(reference) && algorithmOf(reference) !== algorithmOf(digest)) return undefined;
  return { mediaType: manifestTypeOf(answer), digest, size: Number(size) };
}

function manifestTypeOf({ headers, url }: Answer): string {
  const mediaType = headers["content-type"]?.split(";")[0]?.trim() ?? "";
  if (isManifestType(mediaType)) return mediaType;
  throw invalid(`${url.host} serves it as "${printable(mediaType, 100)}", which is no manifest type we know`);
}

/** What cannot fit the descriptor fails before its bytes are read. */
function checkHead({ headers, body, url }: Answer, descriptor: Descriptor): void {
  const encoding = headers["content-encoding"];
  const length = headers["content-length"];
  if (encoding !== undefined && encoding !== "identity") {
    body.destroy();
    throw new AsmFilterError(
      "ASMF_OCI_RESPONSE_INVALID",
      `${url.host} compresses ${descriptor.digest} although asked not to`,
      {
        hint: "Switch compression off in the registry or the proxy before it: the bytes are not those of the digest.",
      },
    );
  }
  if (length !== undefined && Number(length) !== descriptor.size) {
    body.destroy();
    throw new AsmFilterError(
      "ASMF_OCI_DIGEST_MISMATCH",
      `${url.host} has ${length} bytes for ${descriptor.digest} of ${descriptor.size}`,
      {
        hint: "What is stored there is damaged: push it again.",
      },
    );
  }
}

function bodyOf({ body }: Answer, descriptor: Descriptor) {
  return {
    async *[Symbol.asyncIterator]() {
      let seen = 0;
      try {
        for await (const chunk of body as AsyncIterable<Uint8Array>) {
          seen += chunk.byteLength;
          yield chunk;
        }
      } catch (cause) {
        throw cause instanceof AsmFilterError ? cause : incomplete(descriptor, seen, cause);
      }
    },
    close: () => void body.destroy(),
  };
}
