import { createHmac } from "node:crypto";
import type { RegistryReference } from "@asmfilter/oci";
import type { ImagePullOptions } from "../api/index.ts";
import type { Artifact } from "../render/index.ts";
import type { ModuleCache } from "./cache.ts";
import { credentialsIn, type PullSecret } from "./credentials.ts";
import { type Access, imageOf, pull, resolveDigest } from "./registry.ts";

/** What a resource asks for. */
export interface ModuleRequest {
  readonly namespace: string;
  readonly image: string;
  readonly options: ImagePullOptions;
  /** A digest that was resolved earlier and is to be kept to, whatever the tag says now. */
  readonly pinned?: string | undefined;
  /** Ends it early, with the signal's reason as error. */
  readonly signal?: AbortSignal | undefined;
}

interface Found {
  readonly image: RegistryReference;
  readonly access: Access;
  /** The repository, and how it is asked. */
  readonly source: string;
  readonly grant: string;
}

const grantedFor = 600_000;

/**
 * Artifacts by reference: resolved, pulled once however many ask, verified, kept.
 *
 * That something is in the cache opens it to nobody: a namespace has to show, with its own pull secret, that it may read it.
 * A repository that gave the content once is believed when it says that it would give it again. From any other, whose owner may be
 * the one who asks, the content itself has to come: its word alone proves nothing but that the digest is known.
 *
 * What was shown holds for ten minutes, and for as long as the registry cannot be asked.
 */
export class Modules {
  readonly #cache: ModuleCache;
  readonly #secret: (namespace: string, name: string) => Promise<PullSecret | undefined>;
  readonly #grantKey: Uint8Array;
  readonly #pulls = new Map<string, { done: Promise<void>; signal: AbortSignal | undefined }>();

  /** `secret` reads a Secret, `grantKey` hides the credentials that grants are made from. */
  constructor(
    cache: ModuleCache,
    secret: (namespace: string, name: string) => Promise<PullSecret | undefined>,
    grantKey: Uint8Array,
  ) {
    this.#cache = cache;
    this.#secret = secret;
    this.#grantKey = grantKey;
  }

  /**
   * The artifact that a resource's image stands for, its module in the cache.
   *
   * @throws an error with a code: `ASMF_PULL_SECRET_INVALID`, `ASMF_OCI_…`, `ASMF_MODULE_NOT_WASM`, `ASMF_MODULE_NOT_PROXY_WASM`.
   */
  async resolve(request: ModuleRequest): Promise<Artifact> {
    const found = await this.#find(request);
    const { image, access, grant } = found;
    const fixed = image.digest ?? request.pinned;
    const digest = fixed ?? (await resolveDigest(image, image.tag ?? "latest", access));
    const entry = this.#cache.get(digest);
    const granted = entry?.grants[grant];
    if (entry !== undefined && granted !== undefined && Date.now() - granted < grantedFor) return entry.artifact;
    try {
      // Resolving the tag a moment ago was proof already.
      if (entry === undefined || !entry.sources.includes(found.source)) await this.#pullOnce(image, digest, found);
      else if (fixed !== undefined) await resolveDigest(image, digest, access);
    } catch (error) {
      if (entry !== undefined && granted !== undefined && isAway(error)) return entry.artifact;
      throw error;
    }
    await this.#cache.grant(digest, grant, Date.now());
    const artifact = this.#cache.get(digest)?.artifact;
    if (artifact === undefined) throw new Error(`${digest} left the cache while it was pulled: the cache is too small`);
    return artifact;
  }

  /** The artifact, if it is in the cache and this namespace was given it before; nobody is asked whether it would be given it again. */
  kept(namespace: string, digest: string): Artifact | undefined {
    const entry = this.#cache.get(digest);
    const own = this.#hidden(namespace);
    return Object.keys(entry?.grants ?? {}).some((grant) => grant.startsWith(own)) ? entry?.artifact : undefined;
  }

  /** The module's bytes, from the cache. */
  async bytes(artifact: Artifact): Promise<Uint8Array> {
    return this.#cache.read(artifact);
  }

  async #find({ namespace, image: reference, options, signal }: ModuleRequest): Promise<Found> {
    const image = imageOf(reference);
    const { pullSecret, plainHTTP, insecureSkipVerify } = options;
    const credentials =
      pullSecret === undefined
        ? undefined
        : await credentialsIn(pullSecret, await this.#secret(namespace, pullSecret))(image.registry, image.repository);
    // Whoever is on the way can answer in place of a registry whose certificate is not looked at.
    const scheme = plainHTTP ? "http" : insecureSkipVerify ? "unverified" : "https";
    const source = `${scheme}://${image.registry}/${image.repository}`;
    const grant = `${this.#hidden(namespace)}.${this.#hidden(namespace, source, credentials)}`;
    const access = { ...(credentials && { credentials }), plainHTTP, insecureSkipVerify, signal };
    return { image, access, source, grant };
  }

  #hidden(...parts: readonly unknown[]): string {
    return createHmac("sha256", this.#grantKey).update(JSON.stringify(parts)).digest("hex");
  }

  /** Those who may not read it must not profit from another's pull, so what is shared is shared among equal grants only. */
  async #pullOnce(image: RegistryReference, digest: string, found: Found): Promise<void> {
    const { access, grant, source } = found;
    const key = `${grant} ${digest}`;
    const underWay = this.#pulls.get(key);
    if (underWay !== undefined) {
      try {
        return await underWay.done;
      } catch (error) {
        // Whoever began it gave up; those who joined did not.
        if (!underWay.signal?.aborted) throw error;
        access.signal?.throwIfAborted();
        return this.#pullOnce(image, digest, found);
      }
    }
    const done = this.#pull(image, digest, access, source).finally(() => this.#pulls.delete(key));
    this.#pulls.set(key, { done, signal: access.signal });
    await done;
  }

  async #pull(image: RegistryReference, digest: string, access: Access, source: string): Promise<void> {
    const { artifact, wasm } = await pull(image, digest, access);
    await this.#cache.put(artifact, wasm, source);
  }
}

const away = new Set(["ASMF_OCI_TIMEOUT", "ASMF_OCI_UNAVAILABLE", "ASMF_OCI_UNREACHABLE"]);

/** Whether the registry said nothing at all, which is no refusal. */
function isAway(error: unknown): boolean {
  const { code = "", name } = error as { code?: string; name?: string };
  return away.has(code) || name === "TimeoutError";
}
