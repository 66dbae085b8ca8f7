import { type Content, type Kube, KubeError, type OwnerReference, resources, type Store } from "../kube/index.ts";
import { contentHash, MANAGED_BY } from "../render/index.ts";

/** What was good once: the spec as it was written, and the digest that its image stood for. */
export interface Revision {
  readonly spec: unknown;
  readonly digest: string;
}

const nameLabel = "asmfilter.io/deployment";
const orderAnnotation = "asmfilter.io/revision";
const kept = 10;

/** The object as the store holds it: without its content. */
type Meta = Content<object>;
type Full = Content<{ data?: Revision; revision: number }>;

/**
 * What was good, in ControllerRevisions beside the resource: the kind that Kubernetes itself keeps its workloads' history in.
 * A controller that starts while a resource cannot run finds there what to go on serving. The last ten are kept.
 *
 * Secrets are never in them, since a spec holds none; and they take up to 1.5 MiB, where a Secret or a ConfigMap takes 1 MiB.
 */
export class Revisions {
  readonly #kube: Pick<Kube, "get" | "create" | "merge" | "delete">;
  readonly #store: Store<Meta>;

  /** `store` follows the metadata of the ControllerRevisions with {@link revisionSelector}. */
  constructor(kube: Pick<Kube, "get" | "create" | "merge" | "delete">, store: Store<Meta>) {
    this.#kube = kube;
    this.#store = store;
  }

  /** Writes the revision where it is not the newest already. */
  async save(owner: OwnerReference, namespace: string, revision: Revision): Promise<void> {
    const own = this.#of(namespace, owner.name, owner.uid);
    const name = nameOf(owner, revision);
    if (own[0]?.metadata.name === name) return;
    const order = orderOf(own[0]) + 1;
    const annotations = { [orderAnnotation]: String(order) };
    if (own.some(({ metadata }) => metadata.name === name)) {
      // An earlier one is good again: its content cannot have changed, its place has.
      await this.#kube.merge(resources.revisions, namespace, name, { metadata: { annotations }, revision: order });
    } else {
      const labels = { "app.kubernetes.io/managed-by": MANAGED_BY, [nameLabel]: labelOf(owner.name) };
      const metadata = { name, namespace, labels, annotations, ownerReferences: [owner] };
      await this.#create({ metadata, data: revision, revision: order });
    }
    for (const { metadata } of own.slice(kept - 1)) {
      if (metadata.name !== name) await this.#kube.delete(resources.revisions, metadata);
    }
  }

  /** What was good last, if anything was. */
  async latest(namespace: string, name: string, uid: string): Promise<Revision | undefined> {
    for (const { metadata } of this.#of(namespace, name, uid)) {
      const found = await this.#kube.get<Full>(resources.revisions, namespace, metadata.name);
      if (found?.data !== undefined) return found.data;
    }
    return undefined;
  }

  /** Deletes all of a resource that is gone. */
  async remove(namespace: string, name: string): Promise<void> {
    for (const { metadata } of this.#of(namespace, name)) await this.#kube.delete(resources.revisions, metadata);
  }

  /** The newest first. */
  #of(namespace: string, name: string, uid?: string): Meta[] {
    const own = [...this.#store.within(namespace)].filter(({ metadata }) =>
      metadata.ownerReferences?.some((owner) => owner.name === name && (uid === undefined || owner.uid === uid)),
    );
    return own.sort((left, right) => orderOf(right) - orderOf(left));
  }

  async #create(revision: Full): Promise<void> {
    try {
      await this.#kube.create(resources.revisions, revision);
    } catch (error) {
      // The store may be behind: what is there under this name has this content, since its name is a hash of it.
      if (!(error instanceof KubeError && error.reason === "AlreadyExists")) throw error;
    }
  }
}

/** Those that are ours. */
export const revisionSelector = `app.kubernetes.io/managed-by=${MANAGED_BY}`;

function orderOf(revision: Meta | undefined): number {
  return Number(revision?.metadata.annotations?.[orderAnnotation] ?? 0);
}

/** Other resources' revisions have other names, however long theirs are and whatever they have in common. */
function nameOf({ name, uid }: OwnerReference, { spec, digest }: Revision): string {
  return `asmf-${name.slice(0, 200).replace(/[^a-z0-9]+$/, "")}-${contentHash({ uid, spec, digest })}`;
}

/** For people: a label's value has at most 63 characters, a name 253. */
function labelOf(name: string): string {
  return name.length <= 63 ? name : `${name.slice(0, 46).replace(/[^a-z0-9]+$/, "")}-${contentHash(name)}`;
}
