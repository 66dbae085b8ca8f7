import { Status } from "../abi/index.ts";
import { toText } from "../byte-string.ts";
import { encodeProperty } from "../properties.ts";
import type { Vm } from "../vm.ts";
import { giveBytes } from "./guest-values.ts";
import { type HostFunctions, hostFunction } from "./host-function.ts";

export function propertyFunctions(vm: Vm): HostFunctions {
  return {
    proxy_get_property: hostFunction(
      "iiii",
      (path: number, pathLength: number, addressAt: number, lengthAt: number) => {
        const name = vm.memory.string(path, pathLength);
        if (name === undefined) return Status.InvalidMemoryAccess;
        // An empty path leads to no value, which Envoy then fails to write down.
        if (name === "") return Status.SerializationFailure;
        const value = vm.context.property(toText(name).replace(/\0$/, ""));
        if (value === undefined) return Status.NotFound;
        return giveBytes(vm, encodeProperty(value), addressAt, lengthAt) ? Status.Ok : Status.InvalidMemoryAccess;
      },
    ),
    proxy_set_property: hostFunction("iiii", (path: number, pathLength: number, address: number, length: number) => {
      const name = vm.memory.string(path, pathLength);
      const value = vm.memory.slice(address, length);
      if (name === undefined || !value) return Status.InvalidMemoryAccess;
      return vm.context.setProperty(toText(name), value);
    }),
  };
}
