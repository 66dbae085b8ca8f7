import { Status } from "../abi/index.ts";
import { callForeignFunction } from "../foreign/index.ts";
import type { Vm } from "../vm.ts";
import { type HostFunctions, hostFunction } from "./host-function.ts";

export function foreignFunctions(vm: Vm): HostFunctions {
  return {
    proxy_call_foreign_function: hostFunction(
      "iiiiii",
      (address: number, length: number, argument: number, argumentLength: number, resultAt: number, sizeAt: number) => {
        const name = vm.memory.string(address, length);
        const given = vm.memory.slice(argument, argumentLength);
        if (name === undefined || !given) return Status.InvalidMemoryAccess;
        const result = callForeignFunction(name, given, vm);
        if (result === Status.NotFound) return result;
        const bytes = result instanceof Uint8Array ? result : undefined;
        // A caller that does not want the result gets its size all the same.
        const at = bytes && bytes.length > 0 && resultAt !== 0 ? vm.allocate(bytes.length) : 0;
        if (at !== 0) vm.memory.write(at, bytes!);
        if (resultAt !== 0 && !vm.memory.setU32(resultAt, at)) return Status.InvalidMemoryAccess;
        if (sizeAt !== 0 && !vm.memory.setU32(sizeAt, bytes?.length ?? 0)) return Status.InvalidMemoryAccess;
        return typeof result === "number" ? result : Status.Ok;
      },
    ),
  };
}
