import type { Content } from "./content.ts";
import type { Descriptor } from "./descriptor.ts";

/** What every operation takes: a signal that ends it early, with the signal's reason as error. */
export interface Options {
  readonly signal?: AbortSignal | undefined;
}

/** Content by digest. */
export interface Fetcher {
  /**
   * Implementations verify what they return: a reader that ends without error has seen exactly `descriptor.size`
   * bytes of `descriptor.digest`; anything else fails the stream, with `ASMF_OCI_DIGEST_MISMATCH` or, where it stopped early,
   * `ASMF_OCI_INCOMPLETE`. The caller reads the stream to its end or cancels it.
   *
   * @throws {AsmFilterError} `ASMF_OCI_NOT_FOUND` when the content is not there.
   */
  fetch(descriptor: Descriptor, options?: Options): Promise<ReadableStream<Uint8Array>>;
}

/** Takes content in. */
export interface Pusher {
  /**
   * Stores content under its digest. What does not fit the descriptor fails and leaves nothing that anybody could read.
   * Pushing what is there already is no error. A manifest is pushed after everything that it points to.
   */
  push(descriptor: Descriptor, content: Content, options?: Options): Promise<void>;
}

export interface Storage extends Fetcher, Pusher {
  /**
   * Whether the content can be fetched, by digest alone. Does not read it. A manifest exists once it was pushed as one, for then
   * all that it points to is there; its bytes as a blob are no manifest.
   */
  exists(descriptor: Descriptor, options?: Options): Promise<boolean>;
}

export interface Resolver {
  /**
   * The manifest that a tag or digest names now. A tag may name another one a moment later: resolve once, then use the digest.
   *
   * @throws {AsmFilterError} `ASMF_OCI_NOT_FOUND`; `ASMF_OCI_REFERENCE_INVALID` when `reference` is neither tag nor digest.
   */
  resolve(reference: string, options?: Options): Promise<Descriptor>;
}

export interface Tagger {
  /**
   * Lets `tag` name a manifest that is there; what it named before stays, by its digest.
   *
   * @throws {AsmFilterError} `ASMF_OCI_NOT_FOUND` when the manifest is not there.
   */
  tag(descriptor: Descriptor, tag: string, options?: Options): Promise<void>;
}

/** Pushes a manifest and names it in one step, where a store can. */
export interface ReferencePusher {
  pushReference(descriptor: Descriptor, content: Content, tag: string, options?: Options): Promise<void>;
}

export interface TagLister {
  /** All tags, sorted. */
  tags(options?: Options): Promise<readonly string[]>;
}

/** A place for artifacts: blobs by digest, and manifests named by tags. */
export interface Target extends Storage, Resolver, Tagger, TagLister, Partial<ReferencePusher> {
  /** What people call the place, for messages: `registry.example.com/filters/hello`, `./store`. */
  readonly title: string;
}
