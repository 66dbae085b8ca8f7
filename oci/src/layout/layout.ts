import { mkdir, readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { type Content, incomplete, openContent, readAll, taking, verifying } from "../content.ts";
import { type Descriptor, isObject } from "../descriptor.ts";
import { algorithmOf, type Digest, encodedOf } from "../digest.ts";
import { AsmFilterError } from "../errors.ts";
import { MAX_MANIFEST_SIZE, parseJSON } from "../manifest.ts";
import { imageIndex, imageManifest, isManifestType } from "../media-types.ts";
import { checkTag, isTag, namesDigest } from "../reference.ts";
import type { Options, Target } from "../target.ts";
import { onDisk, openInside, removeAbandoned, writeAtomically } from "./files.ts";
import { findEntry, readIndexFile, tagOf, updateIndexFile, withEntry, withTag } from "./index-file.ts";

/**
 * A target in a folder, as image-spec 1.1 lays it out (image-layout.md), so that oras, skopeo and others read and write it too.
 * Made at the first push. Safe against other writers of ours and against a kill at any moment: blobs and index appear whole or not at all.
 *
 *     const store = layout("./store");
 *     await copy(repository("ghcr.io/filters/hello"), "0.1", store, "0.1");
 *
 * @param path `~` is the home folder; a relative path is resolved against `cwd`, default the process's.
 */
export function layout(path: string, { cwd = process.cwd() }: { cwd?: string } = {}): Target {
  const expanded = path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
  return new LayoutTarget(path, resolve(cwd, expanded));
}

class LayoutTarget implements Target {
  readonly title: string;
  readonly #root: string;
  #preparing: Promise<void> | undefined;
  #isCleaned = false;

  constructor(title: string, root: string) {
    this.title = title;
    this.#root = root;
  }

  async fetch(descriptor: Descriptor, { signal }: Options = {}): Promise<ReadableStream<Uint8Array>> {
    signal?.throwIfAborted();
    await this.#checkLayout();
    const opened = await openInside(this.#root, this.#blob(descriptor.digest));
    if (opened === undefined) throw this.#missing(descriptor.digest);
    if (opened.size < descriptor.size) {
      await opened.handle.close();
      throw incomplete(descriptor, opened.size);
    }
    const chunks = opened.handle.createReadStream({ highWaterMark: 256 * 1024 });
    const iterate = () => chunks[Symbol.asyncIterator]();
    return verifying({ [Symbol.asyncIterator]: iterate, close: () => void chunks.destroy() }, descriptor, signal);
  }

  async exists(descriptor: Descriptor, { signal }: Options = {}): Promise<boolean> {
    signal?.throwIfAborted();
    if (!(await this.#isLayout()) || !(await this.#has(descriptor))) return false;
    if (!isManifestType(descriptor.mediaType)) return true;
    const { manifests } = await readIndexFile(this.#root);
    return manifests.some(({ digest }) => digest === descriptor.digest);
  }

  async push(descriptor: Descriptor, content: Content, { signal }: Options = {}): Promise<void> {
    await taking(content, () => this.#pushBlob(descriptor, content, signal));
    if (isManifestType(descriptor.mediaType)) {
      await updateIndexFile(this.#root, (index) => withEntry(index, descriptor), signal);
    }
  }

  /** The index is written once, with the name. */
  async pushReference(descriptor: Descriptor, content: Content, tag: string, { signal }: Options = {}): Promise<void> {
    checkTag(tag);
    await taking(content, () => this.#pushBlob(descriptor, content, signal));
    await updateIndexFile(this.#root, (index) => withTag(index, descriptor, tag), signal);
  }

  async resolve(reference: string, { signal }: Options = {}): Promise<Descriptor> {
    signal?.throwIfAborted();
    const byDigest = namesDigest(reference);
    await this.#checkLayout();
    const found =
      findEntry(await readIndexFile(this.#root), reference) ??
      (byDigest ? await this.#manifest(reference, signal) : undefined);
    if (found === undefined) throw this.#missing(reference);
    return found;
  }

  async tag(descriptor: Descriptor, tag: string, { signal }: Options = {}): Promise<void> {
    checkTag(tag);
    signal?.throwIfAborted();
    await this.#checkLayout();
    if (!(await this.#has(descriptor))) throw this.#missing(descriptor.digest);
    await updateIndexFile(this.#root, (index) => withTag(index, descriptor, tag), signal);
  }

  async tags({ signal }: Options = {}): Promise<readonly string[]> {
    signal?.throwIfAborted();
    await this.#checkLayout();
    const { manifests } = await readIndexFile(this.#root);
    return [...new Set(manifests.map(tagOf).filter(isTag))].sort();
  }

  async #pushBlob(descriptor: Descriptor, content: Content, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    await this.#prepare();
    if (await this.#has(descriptor)) return;
    const stream = await openContent(content, descriptor, signal);
    const before = async () => signal?.throwIfAborted();
    // Lets go of the source where writing ended early; a stream that was read to its end does not mind.
    const letGo = () => stream.cancel().catch(() => {});
    await writeAtomically(this.#root, this.#blob(descriptor.digest), stream, before).finally(letGo);
  }

  async #has({ digest, size }: Descriptor): Promise<boolean> {
    const opened = await openInside(this.#root, this.#blob(digest));
    await opened?.handle.close();
    return opened?.size === size;
  }

  /** A manifest that only an index of several platforms lists. Its type is in it, and its bytes are verified before they are believed. */
  async #manifest(digest: Digest, signal: AbortSignal | undefined): Promise<Descriptor | undefined> {
    const opened = await openInside(this.#root, this.#blob(digest));
    await opened?.handle.close();
    if (opened === undefined || opened.size > MAX_MANIFEST_SIZE) return undefined;
    const blob = { mediaType: "application/octet-stream", digest, size: opened.size };
    const mediaType = typeOf(parseJSON(await readAll(this, blob, { limit: MAX_MANIFEST_SIZE, signal })));
    return mediaType === undefined ? undefined : { ...blob, mediaType };
  }

  #blob(digest: Digest): string {
    return join(this.#root, "blobs", algorithmOf(digest), encodedOf(digest));
  }

  async #isLayout(): Promise<boolean> {
    const opened = await openInside(this.#root, join(this.#root, "oci-layout"));
    if (opened === undefined) return false;
    try {
      const value = opened.size < 4096 ? parseJSON(await opened.handle.readFile()) : undefined;
      if (isObject(value) && value.imageLayoutVersion === "1.0.0") return true;
    } finally {
      await opened.handle.close();
    }
    throw this.#invalid("its oci-layout file is not of version 1.0.0");
  }

  async #checkLayout(): Promise<void> {
    if (await this.#isLayout()) return;
    throw new AsmFilterError("ASMF_OCI_NOT_FOUND", `there is no OCI image layout in ${this.title}`, {
      hint: "Push something to it first, or check the path.",
    });
  }

  /** Makes the folder a layout where it is none, or no more. A folder with other things in it is left alone. */
  #prepare(): Promise<void> {
    this.#preparing ??= this.#create().finally(() => {
      this.#preparing = undefined;
    });
    return this.#preparing;
  }

  async #create(): Promise<void> {
    await onDisk(() => mkdir(this.#root, { recursive: true }));
    if (await this.#isLayout()) {
      if (!this.#isCleaned) await removeAbandoned(this.#root, Date.now());
      this.#isCleaned = true;
      return;
    }
    const own = /^(?:oci-layout|index\.json(?:\.lock.*)?|blobs|ingest)$/;
    const other = (await onDisk(() => readdir(this.#root))).find((name) => !own.test(name));
    if (other !== undefined) throw this.#invalid(`the folder has other things in it, such as ${other}`);
    await updateIndexFile(this.#root, (index) => ({ ...index }));
    await writeAtomically(this.#root, join(this.#root, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  }

  #missing(what: string): AsmFilterError {
    return new AsmFilterError("ASMF_OCI_NOT_FOUND", `${what} is not in the image layout ${this.title}`, {
      hint: "Check tag and path; what is there is listed in its index.json.",
    });
  }

  #invalid(why: string): AsmFilterError {
    return new AsmFilterError("ASMF_OCI_LAYOUT_INVALID", `${this.title} is no OCI image layout: ${why}`, {
      hint: "Name another folder; one that does not exist yet is made.",
    });
  }
}

/** A manifest may leave its type out (image-spec 1.1, manifest.md); then its fields say what it is. */
function typeOf(value: unknown): string | undefined {
  if (!isObject(value)) return undefined;
  if (typeof value.mediaType === "string") return isManifestType(value.mediaType) ? value.mediaType : undefined;
  if (Array.isArray(value.layers)) return imageManifest;
  return Array.isArray(value.manifests) ? imageIndex : undefined;
}
