import { setMaxListeners } from "node:events";
import { readAll } from "./content.ts";
import { type Descriptor, invalid } from "./descriptor.ts";
import { isDigest } from "./digest.ts";
import { AsmFilterError } from "./errors.ts";
import { MAX_MANIFEST_SIZE, successors } from "./manifest.ts";
import { isManifestType } from "./media-types.ts";
import { checkTag, versionOf } from "./reference.ts";
import type { Fetcher, Options, Resolver, Storage, Target } from "./target.ts";

export interface CopyOptions extends Options {
  /** How many transfers run at a time; default 3. */
  readonly concurrency?: number;
  /** Told of every node once: after it was copied, or when it was there already. */
  readonly onNode?: (descriptor: Descriptor, outcome: "copied" | "skipped") => void;
}

/** An artifact inside a target: a tag or a digest, or something that holds them, as a parsed reference does. */
export type Version = string | { readonly tag?: string; readonly digest?: Descriptor["digest"] };

// Indexes in indexes have no use beyond two or three levels; the limit keeps a hostile chain from growing the stack.
const MAX_DEPTH = 16;

/**
 * Copies an artifact with all that it points to, bytes unchanged, so its digest stays. What the destination has is skipped.
 * A node is written after its successors: whoever finds a manifest there finds all of it, even if the copy was killed.
 *
 *     const { digest } = await copy(layout("./store"), "0.1", repository("ghcr.io/filters/hello"), "0.1");
 *
 * Without `toVersion` (or with a digest alone) it is not tagged.
 */
export async function copy(
  from: Fetcher & Resolver,
  fromVersion: Version,
  to: Target,
  toVersion?: Version,
  options: CopyOptions = {},
): Promise<Descriptor> {
  const { tag, digest } = destination(toVersion);
  checkConcurrency(options);
  const root = await from.resolve(versionOf(fromVersion), options);
  if (digest !== undefined && digest !== root.digest) throw otherDigest(root, digest);
  if (tag === undefined) {
    await copyGraph(from, to, root, options);
    return root;
  }
  if (to.pushReference !== undefined && !(await to.exists(root, options))) {
    const bytes = await readAll(from, root, { limit: MAX_MANIFEST_SIZE, signal: options.signal });
    await copySuccessors(from, to, root, bytes, options);
    await to.pushReference(root, bytes, tag, options);
    options.onNode?.(root, "copied");
  } else {
    await copyGraph(from, to, root, options);
    await to.tag(root, tag, options);
  }
  return root;
}

/** What is wrong with it is said before anything is copied. */
function destination(version: Version | undefined): { tag?: string; digest?: Descriptor["digest"] } {
  if (typeof version === "string" && isDigest(version)) return { digest: version };
  const { tag, digest } = typeof version === "string" ? { tag: version } : { digest: undefined, ...version };
  return { ...(tag === undefined ? {} : { tag: checkTag(tag) }), ...(digest === undefined ? {} : { digest }) };
}

function checkConcurrency({ concurrency = 3 }: CopyOptions): void {
  if (!(Number.isInteger(concurrency) && concurrency > 0)) throw new RangeError("`concurrency` is a number from 1");
}

function otherDigest(root: Descriptor, digest: Descriptor["digest"]): AsmFilterError {
  return new AsmFilterError("ASMF_OCI_DIGEST_MISMATCH", `${root.digest} cannot be copied to ${digest}`, {
    hint: "Copying keeps the digest. Leave it away in the destination, or check what the source names.",
  });
}

/** Copies a node and all below it, successors first, without naming it. */
export async function copyGraph(
  from: Fetcher,
  to: Storage,
  root: Descriptor,
  options: CopyOptions = {},
): Promise<void> {
  checkConcurrency(options);
  await run(options, (walk) => walk.node(from, to, root, 0));
}

async function copySuccessors(from: Fetcher, to: Storage, root: Descriptor, bytes: Uint8Array, options: CopyOptions) {
  await run(options, (walk) => walk.below(from, to, bytes, root.mediaType, 0));
}

/** Runs a walk so that the first failure ends all its transfers, and none goes on unseen after it. */
async function run(options: CopyOptions, start: (walk: Walk) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  // Every transfer listens in several places, as long as it runs; that is no leak to warn of.
  setMaxListeners(0, signal);
  const walk = new Walk({ ...options, signal }, stop);
  try {
    await start(walk);
  } finally {
    await walk.settled();
  }
}

class Walk {
  readonly #options: CopyOptions;
  readonly #stop: AbortController;
  readonly #nodes = new Map<string, { node: Descriptor; copying: Promise<void> }>();
  readonly #transfer: <T>(work: () => Promise<T>) => Promise<T>;

  constructor(options: CopyOptions, stop: AbortController) {
    this.#options = options;
    this.#stop = stop;
    const start = atMost(options.concurrency ?? 3);
    this.#transfer = (work) =>
      start(() => {
        options.signal?.throwIfAborted();
        return work();
      });
  }

  /** Each digest once, however often it is pointed to, and as one thing: as a blob nothing below it would be copied. */
  async node(from: Fetcher, to: Storage, node: Descriptor, depth: number): Promise<void> {
    const known = this.#nodes.get(node.digest);
    if (known !== undefined && !isSameNode(known.node, node)) {
      throw invalid(`${node.digest} is listed under different types or sizes`);
    }
    if (known !== undefined) return known.copying;
    const copying = this.#copy(from, to, node, depth);
    this.#nodes.set(node.digest, { node, copying });
    copying.catch((error: unknown) => this.#stop.abort(error));
    return copying;
  }

  /** Manifests one after the other, so that only those on the way down are in memory; blobs side by side. */
  async below(from: Fetcher, to: Storage, bytes: Uint8Array, mediaType: string, depth: number): Promise<void> {
    if (depth === MAX_DEPTH) throw invalid(`indexes are nested more than ${MAX_DEPTH} levels deep`);
    const all = successors(bytes, mediaType);
    const blobs = all.filter((node) => !isManifestType(node.mediaType));
    const copyingBlobs = Promise.all(blobs.map((node) => this.node(from, to, node, depth + 1)));
    copyingBlobs.catch(() => {});
    for (const node of all) {
      if (isManifestType(node.mediaType)) await this.node(from, to, node, depth + 1);
    }
    await copyingBlobs;
  }

  /** Returns when no transfer is running any more, however they end. */
  async settled(): Promise<void> {
    for (let known = -1; known < this.#nodes.size; ) {
      known = this.#nodes.size;
      await Promise.allSettled([...this.#nodes.values()].map(({ copying }) => copying));
    }
  }

  async #copy(from: Fetcher, to: Storage, node: Descriptor, depth: number): Promise<void> {
    const { signal, onNode } = this.#options;
    if (await this.#transfer(() => to.exists(node, { signal }))) return onNode?.(node, "skipped");
    if (isManifestType(node.mediaType)) {
      const bytes = await this.#transfer(() => readAll(from, node, { limit: MAX_MANIFEST_SIZE, signal }));
      await this.below(from, to, bytes, node.mediaType, depth);
      await this.#transfer(() => to.push(node, bytes, { signal }));
    } else {
      await this.#transfer(() => to.push(node, () => from.fetch(node, { signal }), { signal }));
    }
    onNode?.(node, "copied");
  }
}

/** Blobs of one digest are the same whatever they are called; a manifest is one by its type. */
function isSameNode(one: Descriptor, other: Descriptor): boolean {
  const isEither = isManifestType(one.mediaType) || isManifestType(other.mediaType);
  return one.size === other.size && (one.mediaType === other.mediaType || !isEither);
}

/** Runs what it is given, at most `count` at a time, first come first served. */
function atMost(count: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
