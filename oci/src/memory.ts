import { type Content, openContent, readAll } from "./content.ts";
import type { Descriptor } from "./descriptor.ts";
import { AsmFilterError } from "./errors.ts";
import { isManifestType } from "./media-types.ts";
import { checkTag, namesDigest } from "./reference.ts";
import type { Target } from "./target.ts";

/** A target that lives as long as the process. Safe for any number of readers and writers. */
export function memory(): Target {
  return new MemoryTarget();
}

class MemoryTarget implements Target {
  readonly title = "memory";
  readonly #blobs = new Map<string, Uint8Array>();
  readonly #manifests = new Map<string, Descriptor>();
  readonly #tags = new Map<string, Descriptor>();

  async fetch(descriptor: Descriptor): Promise<ReadableStream<Uint8Array>> {
    const bytes = this.#blobs.get(descriptor.digest);
    if (bytes === undefined) throw this.#missing(descriptor.digest);
    return openContent(bytes, descriptor);
  }

  async exists({ digest }: Descriptor): Promise<boolean> {
    return this.#blobs.has(digest);
  }

  async push(descriptor: Descriptor, content: Content): Promise<void> {
    const opened = { fetch: () => openContent(content, descriptor) };
    const bytes = await readAll(opened, descriptor, { limit: descriptor.size });
    // A copy: the caller may go on to change its buffer.
    this.#blobs.set(descriptor.digest, Uint8Array.from(bytes));
    if (isManifestType(descriptor.mediaType)) this.#manifests.set(descriptor.digest, descriptor);
  }

  async resolve(reference: string): Promise<Descriptor> {
    const found = namesDigest(reference) ? this.#manifests.get(reference) : this.#tags.get(reference);
    if (found === undefined) throw this.#missing(reference);
    return found;
  }

  async tag(descriptor: Descriptor, tag: string): Promise<void> {
    checkTag(tag);
    if (!this.#manifests.has(descriptor.digest)) throw this.#missing(descriptor.digest);
    this.#tags.set(tag, descriptor);
  }

  async tags(): Promise<readonly string[]> {
    return [...this.#tags.keys()].sort();
  }

  #missing(what: string): AsmFilterError {
    return new AsmFilterError("ASMF_OCI_NOT_FOUND", `${what} is not in memory`, { hint: "Push it first." });
  }
}
