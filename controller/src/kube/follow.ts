import { setTimeout as sleep } from "node:timers/promises";
import { type Kube, KubeError } from "./client.ts";
import type { Store } from "./store.ts";
import { apiVersion, type KubeObject, keyOf, pathOf, type Resource } from "./types.ts";
import { watch } from "./watch.ts";

/** What to follow, and how patiently. All times are milliseconds. */
export interface FollowOptions<T extends KubeObject> {
  readonly type: Resource;
  /** One namespace; else all. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Asks for names and labels alone, which is a small part of a Pod. */
  readonly metadataOnly?: boolean;
  /** Makes an object smaller before it is kept. */
  readonly trim?: (object: T) => T;
  readonly pageSize?: number;
  /** How long one watch lasts at most; the API server ends it. Spread over one to two times this value. */
  readonly watchFor?: number;
  /** A watch that has been silent for this long is taken for dead. Default: half a minute after the API server should have ended it, since
   * bookmarks come only where something is written at all; a peer that is gone is found sooner, by TCP's keep-alive. */
  readonly idleFor?: number;
  /** The wait after a failure doubles from `first` up to `max`, with jitter, so that a restarted API server is not met by everybody at once. */
  readonly backoff?: { readonly first: number; readonly max: number };
  readonly signal: AbortSignal;
  /** Told of each failure; following goes on. */
  readonly failed?: (error: unknown) => void;
}

interface Position {
  resourceVersion: string;
}

const watchesBeforeRelist = 3;

/**
 * Keeps `store` as the API server has it: list in pages, then watch from there on, for ever, through disconnects, restarts of
 * the API server and expired versions. Resolves when the first list is in the store; ends when the signal aborts.
 */
export function follow<T extends KubeObject>(kube: Kube, store: Store<T>, options: FollowOptions<T>): Promise<void> {
  return new Promise((synced, rejected) => {
    run(kube, store, options, synced).then(
      () => rejected(new Error(`following ${options.type.plural} was stopped`)),
      rejected,
    );
  });
}

async function run<T extends KubeObject>(
  kube: Kube,
  store: Store<T>,
  options: FollowOptions<T>,
  synced: () => void,
): Promise<void> {
  const { signal, backoff = { first: 200, max: 30_000 } } = options;
  let position: Position | undefined;
  let failures = 0;
  while (!signal.aborted) {
    const began = Date.now();
    try {
      position ??= await list(kube, store, options);
      synced();
      await track(kube, store, position, options);
      // A watch that ends well at once, again and again, must not become a storm either.
      failures = Date.now() - began < 1_000 ? failures + 1 : 0;
    } catch (error) {
      if (signal.aborted) return;
      options.failed?.(error);
      if (Date.now() - began > backoff.max) failures = 0;
      failures += 1;
      // 410 Gone: our version is too old. Where watching keeps failing, the version may be unknown to a restored server.
      if (expired(error) || failures >= watchesBeforeRelist) position = undefined;
    }
    if (failures > 0) await pause(failures, backoff, signal);
  }
}

function expired(error: unknown): boolean {
  return error instanceof KubeError && (error.status === 410 || error.reason === "Expired");
}

async function pause(failures: number, backoff: { first: number; max: number }, signal: AbortSignal): Promise<void> {
  const ceiling = Math.min(backoff.first * 2 ** (failures - 1), backoff.max);
  await sleep(ceiling * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
}

interface List<T> {
  metadata: { resourceVersion: string; continue?: string };
  /** The API server writes an empty list of PartialObjectMetadata as null. */
  items: T[] | null;
}

const metadataKind = (kind: string): string => `application/json;as=${kind};g=meta.k8s.io;v=v1`;

async function list<T extends KubeObject>(kube: Kube, store: Store<T>, options: FollowOptions<T>): Promise<Position> {
  const { type, namespace, labelSelector, fieldSelector, pageSize = 500, signal } = options;
  const accept = options.metadataOnly ? metadataKind("PartialObjectMetadataList") : "application/json";
  const objects: T[] = [];
  let page: List<T>;
  let next: string | undefined;
  do {
    const query = { labelSelector, fieldSelector, limit: pageSize, continue: next };
    page = await kube.call<List<T>>(pathOf(type, namespace), { query, accept, signal });
    for (const item of page.items ?? []) objects.push(kept(item, options));
    next = page.metadata.continue || undefined;
  } while (next !== undefined);
  store.replace(objects);
  return { resourceVersion: page.metadata.resourceVersion };
}

async function track<T extends KubeObject>(
  kube: Kube,
  store: Store<T>,
  position: Position,
  options: FollowOptions<T>,
): Promise<void> {
  const { type, namespace, labelSelector, fieldSelector, signal, watchFor = 300_000, idleFor } = options;
  const timeoutSeconds = Math.ceil((watchFor * (1 + Math.random())) / 1000);
  const { resourceVersion } = position;
  const events = watch<T>(kube, pathOf(type, namespace), {
    query: { labelSelector, fieldSelector, resourceVersion, allowWatchBookmarks: true, timeoutSeconds },
    accept: options.metadataOnly ? metadataKind("PartialObjectMetadata") : "application/json",
    idleFor: idleFor ?? timeoutSeconds * 1000 + 30_000,
    signal,
  });
  for await (const { type: kind, object } of events) {
    if (kind === "DELETED") store.delete(keyOf(object));
    else if (kind !== "BOOKMARK") store.set(kept(object, options));
    position.resourceVersion = object.metadata.resourceVersion ?? position.resourceVersion;
  }
}

/** Lists leave out kind and apiVersion, and managedFields is often the larger half of an object that nobody reads here. */
function kept<T extends KubeObject>(object: T, { type, trim }: FollowOptions<T>): T {
  delete object.metadata.managedFields;
  object.apiVersion = apiVersion(type);
  object.kind = type.kind;
  return trim === undefined ? object : trim(object);
}
