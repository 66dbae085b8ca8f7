import { Status } from "../abi/index.ts";
import type { Vm } from "../vm.ts";
import { giveBytes } from "./guest-values.ts";
import { type HostFunctions, hostFunction } from "./host-function.ts";

export function sharedDataFunctions(vm: Vm): HostFunctions {
  const { sharedData } = vm.host;
  return {
    proxy_get_shared_data: hostFunction(
      "iiiii",
      (key: number, keyLength: number, addressAt: number, lengthAt: number, casAt: number) => {
        const name = vm.memory.string(key, keyLength);
        if (name === undefined) return Status.InvalidMemoryAccess;
        const entry = sharedData.get(vm.id, name);
        if (!entry) return Status.NotFound;
        const written = giveBytes(vm, entry.value, addressAt, lengthAt) && vm.memory.setU32(casAt, entry.cas);
        return written ? Status.Ok : Status.InvalidMemoryAccess;
      },
    ),
    proxy_set_shared_data: hostFunction(
      "iiiii",
      (key: number, keyLength: number, address: number, length: number, cas: number) => {
        const name = vm.memory.string(key, keyLength);
        const value = vm.memory.slice(address, length);
        if (name === undefined || !value) return Status.InvalidMemoryAccess;
        return sharedData.set(vm.id, name, value, cas >>> 0);
      },
    ),
  };
}

export function sharedQueueFunctions(vm: Vm): HostFunctions {
  const { sharedQueues, clock } = vm.host;
  return {
    proxy_register_shared_queue: hostFunction("iii", (address: number, length: number, idAt: number) => {
      const name = vm.memory.string(address, length);
      if (name === undefined) return Status.InvalidMemoryAccess;
      const { root } = vm.context;
      // The owner is told later, on its own thread, never inside the callback that adds the item.
      const id = sharedQueues.register(vm.id, name, (queue) => clock.after(0, () => root?.queueReady(queue)));
      return vm.memory.setU32(idAt, id) ? Status.Ok : Status.InvalidMemoryAccess;
    }),
    proxy_resolve_shared_queue: hostFunction(
      "iiiii",
      (vmID: number, vmIDLength: number, address: number, length: number, idAt: number) => {
        const owner = vm.memory.string(vmID, vmIDLength);
        const name = vm.memory.string(address, length);
        if (owner === undefined || name === undefined) return Status.InvalidMemoryAccess;
        const id = sharedQueues.resolve(owner === "" ? vm.id : owner, name);
        if (id === undefined) return Status.NotFound;
        return vm.memory.setU32(idAt, id) ? Status.Ok : Status.InvalidMemoryAccess;
      },
    ),
    proxy_enqueue_shared_queue: hostFunction("iii", (id: number, address: number, length: number) => {
      const item = vm.memory.slice(address, length);
      return item ? sharedQueues.enqueue(id >>> 0, item) : Status.InvalidMemoryAccess;
    }),
    proxy_dequeue_shared_queue: hostFunction("iii", (id: number, addressAt: number, lengthAt: number) => {
      const item = sharedQueues.dequeue(id >>> 0);
      if (typeof item === "number") return item;
      return giveBytes(vm, item, addressAt, lengthAt) ? Status.Ok : Status.InvalidMemoryAccess;
    }),
  };
}
