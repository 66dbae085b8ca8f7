import { API_VERSION, KIND } from "../api/index.ts";
import type { OwnerReference } from "../kube/index.ts";
import type { Modules } from "../modules/index.ts";
import type { Artifact } from "../render/index.ts";
import type { Failure } from "./failure.ts";
import { parsed, type RawDeployment } from "./objects.ts";
import type { Version } from "./plan.ts";
import type { Resolver } from "./resolver.ts";
import type { Revision, Revisions } from "./revisions.ts";

/** What was good last, if that is known and its module can be had; and when to ask again, in milliseconds since 1970. */
export interface Good {
  readonly version?: Version;
  readonly failure?: Failure;
  readonly until: number;
}

const never = Number.POSITIVE_INFINITY;

/** What each resource ran last that was good: remembered, and found again after a start in its revisions. */
export class LastGood {
  readonly #revisions: Revisions;
  readonly #resolver: Resolver;
  readonly #modules: Pick<Modules, "kept">;
  readonly #known = new Map<string, Revision>();

  constructor(revisions: Revisions, resolver: Resolver, modules: Pick<Modules, "kept">) {
    this.#modules = modules;
    this.#revisions = revisions;
    this.#resolver = resolver;
  }

  /**
   * A module that the namespace was given once goes on although its registry is away or the pull secret is deleted. One that has left
   * the cache is asked for as any other, by its digest.
   */
  async find(key: string, resource: RawDeployment): Promise<Good> {
    const { namespace = "", name, uid = "" } = resource.metadata;
    const revision = this.#known.get(key) ?? (await this.#revisions.latest(namespace, name, uid));
    if (revision === undefined) return { until: never };
    this.#known.set(key, revision);
    const earlier = parsed({ ...resource, spec: revision.spec });
    if ("failure" in earlier) return { until: never };
    const { deployment } = earlier;
    const kept = this.#modules.kept(namespace, revision.digest);
    if (kept !== undefined) return { version: { deployment, artifact: kept }, until: never };
    const { image, imagePullOptions: options } = deployment.spec.filter;
    const request = { namespace, image, options, pinned: revision.digest };
    const edition = `${uid} ${revision.digest}`;
    const found = await this.#resolver.look(goodKey(key), { request, always: false, edition });
    if ("failure" in found) return found;
    return { version: { deployment, artifact: found.artifact }, until: found.until };
  }

  /** The present spec runs. */
  remember(key: string, { spec }: RawDeployment, { digest }: Artifact): void {
    const known = this.#known.get(key);
    if (known?.digest !== digest) this.#resolver.forget(goodKey(key));
    this.#known.set(key, { spec, digest });
  }

  /** Writes what is remembered into the revisions, where it is not the newest there. */
  async save(key: string, { metadata }: RawDeployment): Promise<void> {
    const { name, namespace = "", uid = "" } = metadata;
    const owner: OwnerReference = { apiVersion: API_VERSION, kind: KIND, name, uid, controller: true };
    const revision = this.#known.get(key);
    if (revision !== undefined) await this.#revisions.save(owner, namespace, revision);
  }

  forget(key: string): void {
    this.#known.delete(key);
    this.#resolver.forget(goodKey(key));
  }
}

/** The keys under which the resolver knows a resource's present image and its last good one; {@link resourceOf} is the way back. */
export function resolverKeys(key: string): readonly [present: string, good: string] {
  return [key, goodKey(key)];
}

export function resourceOf(resolverKey: string): string {
  return resolverKey.split(" ")[0]!;
}

function goodKey(key: string): string {
  return `${key} good`;
}
