import { Status } from "../abi/index.ts";
import { toText } from "../byte-string.ts";
import type { Vm } from "../vm.ts";
import { type HostFunctions, hostFunction } from "./host-function.ts";

export function metricFunctions(vm: Vm): HostFunctions {
  return {
    proxy_define_metric: hostFunction("iiii", (type: number, address: number, length: number, idAt: number) => {
      const name = vm.memory.string(address, length);
      if (name === undefined) return Status.InvalidMemoryAccess;
      const id = vm.metrics.define(type, toText(name));
      if (id === undefined) return Status.BadArgument;
      return vm.memory.setU32(idAt, id) ? Status.Ok : Status.InvalidMemoryAccess;
    }),
    proxy_increment_metric: hostFunction("iI", (id: number, offset: bigint) => vm.metrics.increment(id, offset)),
    proxy_record_metric: hostFunction("iI", (id: number, value: bigint) => vm.metrics.record(id, value)),
    proxy_get_metric: hostFunction("ii", (id: number, at: number) => {
      const value = vm.metrics.read(id);
      if (typeof value !== "bigint") return value;
      return vm.memory.setU64(at, value) ? Status.Ok : Status.InvalidMemoryAccess;
    }),
  };
}
