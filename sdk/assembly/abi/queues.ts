import { release, result } from "../memory/scratch";
import { encode, encodedLength } from "../memory/text";
import { Status } from "./types";

// @ts-ignore: decorator
@external("env", "proxy_register_shared_queue")
declare function proxy_register_shared_queue(name: usize, length: usize, id: usize): Status;

/** The id of the queue of this VM, which comes to be if it is not there; 0 if the proxy refuses. */
export function registerQueue(name: string): u32 {
  const at = encode(name);
  const status = proxy_register_shared_queue(at, encodedLength, result);
  release(at);
  return status == Status.Ok ? load<u32>(result) : 0;
}

// @ts-ignore: decorator
@external("env", "proxy_resolve_shared_queue")
declare function proxy_resolve_shared_queue(vm: usize, size: usize, name: usize, length: usize, id: usize): Status;

/** The id of the queue of a VM; 0 if nobody has registered it. */
export function resolveQueue(vmID: string, name: string): u32 {
  const vm = encode(vmID);
  const size = encodedLength;
  const at = encode(name);
  const status = proxy_resolve_shared_queue(vm, size, at, encodedLength, result);
  release(at);
  release(vm);
  return status == Status.Ok ? load<u32>(result) : 0;
}

// @ts-ignore: decorator
@external("env", "proxy_enqueue_shared_queue")
declare function proxy_enqueue_shared_queue(id: u32, value: usize, size: usize): Status;

/** Puts an item behind the others. NotFound when the VM of the queue has gone. */
export function enqueueBytes(id: u32, value: usize, size: usize): Status {
  return proxy_enqueue_shared_queue(id, value, size);
}

// @ts-ignore: decorator
@external("env", "proxy_dequeue_shared_queue")
declare function proxy_dequeue_shared_queue(id: u32, value: usize, size: usize): Status;

/** Takes the first item. When it is Ok the answer is to be released; Empty when there is none. */
export function dequeueBytes(id: u32): Status {
  return proxy_dequeue_shared_queue(id, result, result + 4);
}
