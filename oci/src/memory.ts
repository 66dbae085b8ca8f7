import { type Content, openContent, readAll, taking } from "./content.ts";
import type { Descriptor } from "./descriptor.ts";
import { AsmFilterError } from "./errors.ts";
import { isManifestType } from "./media-types.ts";
import { checkTag, namesDigest } from "./reference.ts";
import type { Options, Target } from "./target.ts";

/** A target that lives as long as the process. Safe for any number of readers and writers. */
export function memory(): Target {
  return new MemoryTarget();
}

class MemoryTarget implements Target {
  readonly title = "memory";
  readonly #blobs = new Map<string, Uint8Array>();
  readonly #manifests = new Map<string, Descriptor>();
  readonly #tags = new Map<string, Descriptor>();

  async fetch(descriptor: Descriptor, { signal }: Options = {}): Promise<ReadableStream<Uint8Array>> {
    signal?.throwIfAborted();
    const bytes = this.#blobs.get(descriptor.digest);
    if (bytes === undefined) throw this.#missing(descriptor.digest);
    return openContent(bytes, descriptor, signal);
  }

  async exists({ digest, mediaType }: Descriptor, { signal }: Options = {}): Promise<boolean> {
    signal?.throwIfAborted();
    return isManifestType(mediaType) ? this.#manifests.has(digest) : this.#blobs.has(digest);
  }

  async push(descriptor: Descriptor, content: Content, { signal }: Options = {}): Promise<void> {
    const opened = { fetch: () => openContent(content, descriptor, signal) };
    const bytes = await taking(content, async () => {
      signal?.throwIfAborted();
      return readAll(opened, descriptor, { limit: descriptor.size, signal });
    });
    // A copy: the caller may go on to change its buffer.
    this.#blobs.set(descriptor.digest, Uint8Array.from(bytes));
    if (isManifestType(descriptor.mediaType)) this.#manifests.set(descriptor.digest, descriptor);
  }

  async resolve(reference: string, { signal }: Options = {}): Promise<Descriptor> {
    signal?.throwIfAborted();
    const found = namesDigest(reference) ? this.#manifests.get(reference) : this.#tags.get(reference);
    if (found === undefined) throw this.#missing(reference);
    return found;
  }

  async tag(descriptor: Descriptor, tag: string, { signal }: Options = {}): Promise<void> {
    checkTag(tag);
    signal?.throwIfAborted();
    if (!this.#manifests.has(descriptor.digest)) throw this.#missing(descriptor.digest);
    this.#tags.set(tag, descriptor);
  }

  async tags({ signal }: Options = {}): Promise<readonly string[]> {
    signal?.throwIfAborted();
    return [...this.#tags.keys()].sort();
  }

  #missing(what: string): AsmFilterError {
    return new AsmFilterError("ASMF_OCI_NOT_FOUND", `${what} is not in memory`, { hint: "Push it first." });
  }
}
