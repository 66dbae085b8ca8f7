import { type KubeObject, keyOf } from "./types.ts";

/** What changed: `before` is absent for a new object, `after` for one that is gone. */
export interface Change<T> {
  readonly before?: T;
  readonly after?: T;
}

/**
 * The objects of one kind as last seen, by key and by namespace.
 * Reading it costs no call; it may be behind the API server, and is never ahead of it.
 */
export class Store<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #namespaces = new Map<string, Map<string, T>>();
  readonly #listeners: ((change: Change<T>) => void)[] = [];

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  values(): IterableIterator<T> {
    return this.#objects.values();
  }

  /** The objects of one namespace. */
  within(namespace: string): Iterable<T> {
    return this.#namespaces.get(namespace)?.values() ?? [];
  }

  /** Calls `listener` after every change. It must not throw. */
  subscribe(listener: (change: Change<T>) => void): void {
    this.#listeners.push(listener);
  }

  set(object: T): void {
    const key = keyOf(object);
    const before = this.#objects.get(key);
    if (before?.metadata.resourceVersion === object.metadata.resourceVersion && before !== undefined) return;
    this.#objects.set(key, object);
    const namespace = object.metadata.namespace ?? "";
    const within = this.#namespaces.get(namespace) ?? new Map<string, T>();
    this.#namespaces.set(namespace, within);
    within.set(object.metadata.name, object);
    this.#tell(before === undefined ? { after: object } : { before, after: object });
  }

  delete(key: string): void {
    const before = this.#objects.get(key);
    if (before === undefined) return;
    this.#objects.delete(key);
    const namespace = before.metadata.namespace ?? "";
    const within = this.#namespaces.get(namespace);
    within?.delete(before.metadata.name);
    if (within?.size === 0) this.#namespaces.delete(namespace);
    this.#tell({ before });
  }

  /** Becomes exactly `objects`, telling what that changes. */
  replace(objects: readonly T[]): void {
    const kept = new Set(objects.map(keyOf));
    for (const key of [...this.#objects.keys()]) if (!kept.has(key)) this.delete(key);
    for (const object of objects) this.set(object);
  }

  #tell(change: Change<T>): void {
    for (const listener of this.#listeners) listener(change);
  }
}
