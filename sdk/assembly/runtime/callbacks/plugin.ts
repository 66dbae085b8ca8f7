/** What reaches a plugin beside its streams: news of its queues, and calls by an extension of the proxy. */
import { readBuffer } from "../../abi/buffers";
import { BufferType, Status } from "../../abi/types";
import { takeBytes } from "../../memory/text";
import { SharedQueue } from "../../shared/queue";
import { find } from "../contexts";
import { enter, leave } from "../depth";
import { PluginContext } from "../root";

@inline
function root(id: u32): PluginContext {
  return changetype<PluginContext>(find(id));
}

export function proxy_on_queue_ready(id: u32, queue: u32): void {
  enter();
  root(id).onQueueReady(changetype<SharedQueue>(<usize>queue));
  leave();
}

export function proxy_on_foreign_function(id: u32, functionID: u32, size: u32): void {
  enter();
  const status = readBuffer(BufferType.CallData, 0, size);
  root(id).onForeignFunction(functionID, status == Status.Ok ? takeBytes() : new Uint8Array(0));
  leave();
}
