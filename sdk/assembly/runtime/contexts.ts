/** Contexts by id. */
import { setEffectiveContext } from "../abi/contexts";
import { Status } from "../abi/types";
import { Buckets, doubled, emptyBuckets, insert, lookUp, Numbered, takeOut } from "./table";

/** What the proxy gives an id: the configuration of a plugin (a root), or a stream. */
export abstract class Context extends Numbered {
  /** The proxy's id of this context. */
  get contextID(): u32 {
    return this._number;
  }

  /**
   * Makes what asks the proxy be about this stream, or root, until the running callback returns. It already is in the
   * stream's own callbacks and in those of its calls; a root needs it to speak for a stream:
   *
   *     onTick(): void {
   *       for (let i = 0; i < waiting.length; i++) {
   *         if (waiting[i].makeEffective() == Status.Ok) waiting[i].continueRequest();
   *       }
   *     }
   *
   * Forget a stream in its `onDelete`: `BadArgument` means that the proxy has it no more.
   */
  makeEffective(): Status {
    return setEffectiveContext(this.contextID);
  }

  /**
   * Called when the proxy has finished with this context: for a stream after `onLog`, for a root when its
   * configuration is about to go. A root may answer false to be kept until it calls `done()`, to flush something by a
   * call say; in Envoy only as long as another plugin keeps the VM, which else goes at once. For a stream Envoy does
   * not wait, whatever the answer (envoy `source/extensions/common/wasm/context.cc`, `Context::onDestroy`).
   */
  onDone(): bool {
    return true;
  }

  /**
   * Called for a stream when it is written to the access log. Headers of both directions can still be read. For a root,
   * where the plugin is itself an access log (Envoy's `WasmAccessLog`): for each request, whatever other filters it met.
   */
  onLog(): void {}

  /** Called last. The context is forgotten afterwards. */
  onDelete(): void {}
}

let contexts: Buckets = emptyBuckets();
let count = 0;

/** Adds a context under its id. */
export function add(context: Context): void {
  if (++count > contexts.length) contexts = doubled(contexts);
  insert(contexts, context);
}

/** The context of the id. The proxy names no other; if it does, going on would corrupt memory. */
export function find(id: u32): Context {
  return changetype<Context>(lookUp(contexts, id) || unreachable());
}

/** The function that is told of each end; 0, until a part of the SDK that is used sets it. */
let told: usize = 0;

/** Has `end` called with the id of each context that is removed. There can be one such function. */
export function tellOfEnds(end: (id: u32) => void): void {
  told = changetype<usize>(end);
}

/** Takes the context of the id out of the table. */
export function remove(id: u32): void {
  if (takeOut(contexts, id)) count--;
  // By its index in the table of functions: a call of the function object would cost every module its class.
  if (told) call_indirect<void>(load<u32>(told), id);
}
