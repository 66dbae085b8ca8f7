import { dequeueBytes, enqueueBytes, registerQueue, resolveQueue } from "../abi/queues";
import { Status } from "../abi/types";
import { contentBytes, contentLength, releaseContent } from "../memory/content";
import { takeBytes, takeText } from "../memory/text";

/**
 * A queue that VMs pass items by, first in, first out: each item is taken once. It belongs to the VM that registered it,
 * and others find it by that VM's id. A handle, not a copy: nothing is allocated for it.
 *
 *     @root("worker")
 *     class Worker extends RootContext {
 *       onConfigure(): bool { return SharedQueue.register("jobs") !== null; }
 *       onQueueReady(queue: SharedQueue): void {
 *         for (let job = queue.dequeue(); job !== null; job = queue.dequeue()) log.info(job);
 *       }
 *     }
 *
 * Envoy sets no bound to it, so a queue is never full: what nobody takes stays in the proxy's memory
 * (proxy-wasm-cpp-host, `SharedQueue::enqueue`).
 */
@unmanaged
export class SharedQueue {
  /** The queue of this name that belongs to this VM; its root is told by `onQueueReady`. Null if the proxy refuses. */
  static register(name: string): SharedQueue | null {
    return changetype<SharedQueue | null>(<usize>registerQueue(name));
  }

  /** The queue that the VM with `vm_id` registered; null while it has not. */
  static resolve(vmID: string, name: string): SharedQueue | null {
    return changetype<SharedQueue | null>(<usize>resolveQueue(vmID, name));
  }

  /** The proxy's number of the queue. */
  get id(): u32 {
    return <u32>changetype<usize>(this);
  }

  /**
   * Puts a `string` or `Uint8Array` behind the others. {@link Status.NotFound} means that the queue is closed: the last VM that
   * had it has gone. Resolve it again then.
   */
  enqueue<T>(content: T): Status {
    const at = contentBytes<T>(content);
    const status = enqueueBytes(this.id, at, contentLength);
    releaseContent<T>(at);
    return status;
  }

  /** Takes the first item as text; null when there is none, or the queue is closed. */
  dequeue(): string | null {
    return dequeueBytes(this.id) == Status.Ok ? takeText() : null;
  }

  /** Takes the first item as bytes; null when there is none, or the queue is closed. */
  dequeueBytes(): Uint8Array | null {
    return dequeueBytes(this.id) == Status.Ok ? takeBytes() : null;
  }
}
