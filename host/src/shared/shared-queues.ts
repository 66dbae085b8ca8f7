import { Status } from "../abi/index.ts";

interface Queue {
  readonly items: Uint8Array[];
  notify: () => void;
}

/** Queues that VMs pass messages by, known by vm_id and name (proxy-wasm-cpp-host, src/shared_queue.cc). Ids start at 1. */
export class SharedQueues {
  readonly #ids = new Map<string, number>();
  readonly #queues = new Map<number, Queue>();

  /** The queue's id. What it holds is kept; who is told of new items is whoever registered last. */
  register(vmID: string, name: string, notify: (id: number) => void): number {
    const key = keyOf(vmID, name);
    const id = this.#ids.get(key) ?? this.#ids.size + 1;
    this.#ids.set(key, id);
    const items = this.#queues.get(id)?.items ?? [];
    this.#queues.set(id, { items, notify: () => notify(id) });
    return id;
  }

  resolve(vmID: string, name: string): number | undefined {
    return this.#ids.get(keyOf(vmID, name));
  }

  enqueue(id: number, item: Uint8Array): Status {
    const queue = this.#queues.get(id);
    if (!queue) return Status.NotFound;
    queue.items.push(item);
    queue.notify();
    return Status.Ok;
  }

  /** The oldest item, or the status of a failure. */
  dequeue(id: number): Uint8Array | Status {
    const queue = this.#queues.get(id);
    if (!queue) return Status.NotFound;
    return queue.items.shift() ?? Status.Empty;
  }
}

function keyOf(vmID: string, name: string): string {
  return JSON.stringify([vmID, name]);
}
