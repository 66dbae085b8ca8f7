import { type FollowOptions, follow, type Kube, type KubeObject, keyOf, resources, Store } from "./kube/index.ts";
import {
  ownerKey,
  type PodMeta,
  parseSelector,
  type RawDeployment,
  revisionSelector,
  type SmallEnvoyFilter,
  selects,
  small,
  smallPod,
} from "./reconcile/index.ts";

/** How the caches are kept. */
export interface FillOptions {
  /** One namespace; else all. */
  readonly namespace?: string | undefined;
  /** A resource is to be looked at. */
  readonly enqueue: (key: string) => void;
  readonly interrupted: (kind: string, error: unknown) => void;
  readonly signal: AbortSignal;
}

/** What the controller knows of the cluster without asking, each kind as small as it is needed. */
export class Caches {
  readonly deployments = new Store<RawDeployment>();
  readonly envoyFilters = new Store<SmallEnvoyFilter>();
  readonly revisions = new Store<KubeObject>();
  readonly pods = new Store<PodMeta>();

  /** Fills them and keeps them up to date; resolves when the first lists are in. Every change has the resources that it concerns looked at. */
  async fill(kube: Kube, { namespace, enqueue, interrupted, signal }: FillOptions): Promise<void> {
    this.#subscribe(enqueue);
    const start = <T extends KubeObject>(store: Store<T>, options: Omit<FollowOptions<T>, "signal">): Promise<void> => {
      const failed = (error: unknown): void => interrupted(options.type.kind, error);
      return follow(kube, store, { ...options, namespace, signal, failed });
    };
    const labelSelector = revisionSelector;
    const fieldSelector = "status.phase!=Succeeded,status.phase!=Failed";
    await Promise.all([
      start(this.deployments, { type: resources.deployments }),
      start(this.envoyFilters, { type: resources.envoyFilters, labelSelector, trim: small }),
      start(this.revisions, { type: resources.revisions, labelSelector, metadataOnly: true }),
      start(this.pods, { type: resources.pods, fieldSelector, metadataOnly: true, trim: smallPod }),
    ]);
  }

  #subscribe(enqueue: (key: string) => void): void {
    this.deployments.subscribe(({ before, after }) => enqueue(keyOf((after ?? before)!)));
    for (const store of [this.envoyFilters, this.revisions]) {
      store.subscribe(({ before, after }) => {
        const owner = ownerKey((after ?? before)!);
        if (owner !== undefined) enqueue(owner);
      });
    }
    this.pods.subscribe(({ before, after }) => {
      for (const key of this.#concerned(before, after)) enqueue(key);
    });
  }

  /** The resources that select a pod before or after a change that matters. */
  *#concerned(before: PodMeta | undefined, after: PodMeta | undefined): Generator<string> {
    const { namespace = "" } = (after ?? before)!.metadata;
    const labels = [before, after].map((pod) => pod?.metadata.labels ?? {});
    const both = before !== undefined && after !== undefined;
    const leaving = both && before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp;
    if (both && !leaving && JSON.stringify(labels[0]) === JSON.stringify(labels[1])) return;
    for (const deployment of this.deployments.within(namespace)) {
      const selector = parseSelector(deployment);
      if (labels.some((each) => selects(selector, each))) yield keyOf(deployment);
    }
  }
}
