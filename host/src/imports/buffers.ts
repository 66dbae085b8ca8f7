import { lastBufferType, Status } from "../abi/index.ts";
import type { Vm } from "../vm.ts";
import { giveBytes } from "./guest-values.ts";
import { type HostFunctions, hostFunction } from "./host-function.ts";

export function bufferFunctions(vm: Vm): HostFunctions {
  return {
    proxy_get_buffer_bytes: hostFunction(
      "iiiii",
      (type: number, start: number, length: number, addressAt: number, lengthAt: number) => {
        if (type >>> 0 > lastBufferType) return Status.BadArgument;
        const buffer = vm.context.buffer(type);
        if (!buffer) return Status.NotFound;
        const from = start >>> 0;
        const part = buffer.bytes.subarray(from, from + (length >>> 0));
        return giveBytes(vm, part, addressAt, lengthAt) ? Status.Ok : Status.InvalidMemoryAccess;
      },
    ),
    proxy_get_buffer_status: hostFunction("iii", (type: number, lengthAt: number, flagsAt: number) => {
      if (type >>> 0 > lastBufferType) return Status.BadArgument;
      const buffer = vm.context.buffer(type);
      if (!buffer) return Status.NotFound;
      const written = vm.memory.setU32(lengthAt, buffer.bytes.length) && vm.memory.setU32(flagsAt, 0);
      return written ? Status.Ok : Status.InvalidMemoryAccess;
    }),
    proxy_set_buffer_bytes: hostFunction(
      "iiiii",
      (type: number, start: number, length: number, address: number, size: number) => {
        if (type >>> 0 > lastBufferType) return Status.BadArgument;
        const buffer = vm.context.buffer(type);
        if (!buffer) return Status.NotFound;
        const data = vm.memory.slice(address, size);
        if (!data) return Status.InvalidMemoryAccess;
        // What belongs to the proxy, and a body outside its callback, cannot be written.
        if (!buffer.body) return Status.BadArgument;
        if (start === 0) {
          buffer.body.drain(length >>> 0);
          buffer.body.prepend(data);
          return Status.Ok;
        }
        if (start >>> 0 < buffer.body.length) return Status.BadArgument;
        buffer.body.append(data);
        return Status.Ok;
      },
    ),
  };
}
