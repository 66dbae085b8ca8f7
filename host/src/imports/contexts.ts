import { Status } from "../abi/index.ts";
import { toByteString } from "../byte-string.ts";
import type { Vm } from "../vm.ts";
import { giveString } from "./guest-values.ts";
import { type HostFunctions, hostFunction } from "./host-function.ts";

export function contextFunctions(vm: Vm): HostFunctions {
  return {
    proxy_set_effective_context: hostFunction("i", (id: number) =>
      vm.setEffectiveContext(id >>> 0) ? Status.Ok : Status.BadArgument,
    ),
    proxy_done: hostFunction("", () => {
      const { root } = vm.context;
      if (!root || !vm.pendingDone.delete(root)) return Status.NotFound;
      vm.defer(() => root.delete());
      return Status.Ok;
    }),
    proxy_get_status: hostFunction("iii", (codeAt: number, addressAt: number, lengthAt: number) => {
      const status = vm.context.root?.status ?? { code: 0, message: "" };
      const written =
        vm.memory.setU32(codeAt, status.code) && giveString(vm, toByteString(status.message), addressAt, lengthAt);
      return written ? Status.Ok : Status.InvalidMemoryAccess;
    }),
  };
}
