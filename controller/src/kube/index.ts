/**
 * What a controller needs of the API server: plain calls with server-side apply, a cache that follows a kind of object
 * through every disconnect, a work queue, a limit on writes.
 *
 *     const store = new Store<Pod>();
 *     await follow(kube, store, { type: resources.pods, signal });   // resolves when the first list is in
 *     store.subscribe(({ after }) => after && queue.add(keyOf(after)));
 *
 * The promises are controller-runtime's: level-based (a key says what to look at, never what happened), one key never
 * worked on twice at once, backoff for each key.
 * @module
 */
export { fieldManager, Kube, KubeError } from "./client.ts";
export { type FollowOptions, follow } from "./follow.ts";
export { type Backoff, WorkQueue, work } from "./queue.ts";
export { Rate } from "./rate.ts";
export { type Change, Store } from "./store.ts";
export * from "./types.ts";
