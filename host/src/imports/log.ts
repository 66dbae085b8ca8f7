import { logLevels, Status } from "../abi/index.ts";
import { toText } from "../byte-string.ts";
import type { Vm } from "../vm.ts";
import { nanoseconds } from "./guest-values.ts";
import { type HostFunctions, hostFunction } from "./host-function.ts";

export function logFunctions(vm: Vm): HostFunctions {
  const log = (level: number, address: number, length: number): Status => {
    const name = logLevels[level >>> 0];
    if (!name) return Status.BadArgument;
    if (!vm.memory.fits(address, length)) return Status.InvalidMemoryAccess;
    vm.log(name, toText(vm.memory.string(address, length)!), "guest");
    return Status.Ok;
  };
  return {
    proxy_log: hostFunction("iii", log, "always"),
    proxy_get_current_time_nanoseconds: hostFunction("i", (at: number) =>
      vm.memory.setU64(at, nanoseconds(vm.host.clock.now())) ? Status.Ok : Status.InvalidMemoryAccess,
    ),
    proxy_set_tick_period_milliseconds: hostFunction("i", (period: number) => {
      vm.context.root?.setTickPeriod(period >>> 0);
      return Status.Ok;
    }),
  };
}

export function logLevelFunctions(vm: Vm): HostFunctions {
  return {
    proxy_get_log_level: hostFunction("i", (at: number) =>
      vm.memory.setU32(at, logLevels.indexOf(vm.host.logLevel)) ? Status.Ok : Status.InvalidMemoryAccess,
    ),
  };
}
