/** Contexts from their creation to their end, and what the proxy asks of roots. */
import { reserve } from "../../memory/scratch";
import { add, find, remove } from "../contexts";
import { ends, endsNoMore, enter, leave } from "../depth";
import { createRoot } from "../registry";
import { createStream, PluginContext } from "../root";
import { announce } from "../table";

@inline
function root(id: u32): PluginContext {
  return changetype<PluginContext>(find(id));
}

export function proxy_abi_version_0_2_1(): void {}

/** The host asks for memory in the middle of its calls: nothing here may collect. */
export function malloc(size: usize): usize {
  return reserve(size);
}

export function proxy_on_context_create(id: u32, parent: u32): void {
  enter();
  if (parent) {
    add(createStream(root(parent), id));
  } else {
    announce(id);
    add(createRoot());
  }
  leave();
}

export function proxy_on_vm_start(id: u32, size: u32): bool {
  enter();
  const ok = root(id).onStart();
  leave();
  return ok;
}

export function proxy_on_configure(id: u32, size: u32): bool {
  enter();
  const ok = root(id)._decode() && root(id).onConfigure();
  leave();
  return ok;
}

export function proxy_on_tick(id: u32): void {
  enter();
  root(id).onTick();
  leave();
}

export function proxy_on_log(id: u32): void {
  enter();
  const outer = ends();
  find(id).onLog();
  endsNoMore(outer);
  leave();
}

export function proxy_on_done(id: u32): bool {
  enter();
  const outer = ends();
  const done = find(id).onDone();
  endsNoMore(outer);
  leave();
  return done;
}

export function proxy_on_delete(id: u32): void {
  enter();
  const outer = ends();
  find(id).onDelete();
  endsNoMore(outer);
  remove(id);
  leave();
}
