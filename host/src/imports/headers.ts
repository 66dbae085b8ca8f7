import { lastMapType, Status } from "../abi/index.ts";
import { toLowerCase } from "../byte-string.ts";
import type { HeaderMap } from "../header-map.ts";
import { decodePairs, pairsSize, writePairs } from "../pairs.ts";
import type { Vm } from "../vm.ts";
import { giveBytes, giveString } from "./guest-values.ts";
import { type HostFunctions, hostFunction } from "./host-function.ts";

const none = new Uint8Array(0);

export function headerFunctions(vm: Vm): HostFunctions {
  return { ...readingFunctions(vm), ...writingFunctions(vm) };
}

function readingFunctions(vm: Vm): HostFunctions {
  return {
    proxy_get_header_map_size: hostFunction("ii", (type: number, at: number) => {
      const map = type >>> 0 > lastMapType ? undefined : vm.context.mutableMap(type);
      if (!map) return Status.BadArgument;
      return vm.memory.setU32(at, map.byteSize) ? Status.Ok : Status.InvalidMemoryAccess;
    }),
    proxy_get_header_map_pairs: hostFunction("iii", (type: number, addressAt: number, lengthAt: number) => {
      if (type >>> 0 > lastMapType) return Status.BadArgument;
      const pairs = vm.context.readableMap(type)?.entries() ?? [];
      if (pairs.length === 0) return giveBytes(vm, none, addressAt, lengthAt) ? Status.Ok : Status.InvalidMemoryAccess;
      const size = pairsSize(pairs);
      const address = vm.allocate(size);
      if (address === 0) return Status.InvalidMemoryAccess;
      writePairs(pairs, vm.memory.bytes, address);
      const written = vm.memory.setU32(addressAt, address) && vm.memory.setU32(lengthAt, size);
      return written ? Status.Ok : Status.InvalidMemoryAccess;
    }),
    proxy_get_header_map_value: hostFunction(
      "iiiii",
      (type: number, key: number, keyLength: number, addressAt: number, lengthAt: number) => {
        if (type >>> 0 > lastMapType) return Status.BadArgument;
        const name = vm.memory.headerName(key, keyLength);
        if (name === undefined) return Status.InvalidMemoryAccess;
        const { context } = vm;
        const map = context.readableMap(type);
        if (!map && !context.isLogging) return Status.BadArgument;
        const value = map?.get(name) ?? missingValue(vm);
        if (value === undefined) return Status.NotFound;
        return giveString(vm, value, addressAt, lengthAt) ? Status.Ok : Status.InvalidMemoryAccess;
      },
    ),
  };
}

/** ABI 0.1.0 has no way to say that a header is missing: it is empty. */
function missingValue(vm: Vm): string | undefined {
  return vm.module.metadata.abi === "0.1.0" ? "" : undefined;
}

function writingFunctions(vm: Vm): HostFunctions {
  const write = (
    type: number,
    key: number,
    keyLength: number,
    value: number,
    valueLength: number,
    apply: (map: HeaderMap, name: string, value: string) => void,
  ): Status => {
    if (type >>> 0 > lastMapType) return Status.BadArgument;
    const name = vm.memory.headerName(key, keyLength);
    const text = vm.memory.string(value, valueLength);
    if (name === undefined || text === undefined) return Status.InvalidMemoryAccess;
    const map = vm.context.mutableMap(type);
    if (!map) return Status.BadArgument;
    apply(map, name, text);
    return Status.Ok;
  };
  const add = (map: HeaderMap, name: string, value: string): void => map.add(name, value);
  const set = (map: HeaderMap, name: string, value: string): void => map.set(name, value);
  const remove = (map: HeaderMap, name: string): void => map.remove(name);
  return {
    proxy_add_header_map_value: hostFunction(
      "iiiii",
      (type: number, key: number, kn: number, value: number, vn: number) => write(type, key, kn, value, vn, add),
    ),
    proxy_replace_header_map_value: hostFunction(
      "iiiii",
      (type: number, key: number, kn: number, value: number, vn: number) => write(type, key, kn, value, vn, set),
    ),
    proxy_remove_header_map_value: hostFunction("iii", (type: number, key: number, kn: number) =>
      write(type, key, kn, 0, 0, remove),
    ),
    proxy_set_header_map_pairs: hostFunction("iii", (type: number, address: number, length: number) => {
      if (type >>> 0 > lastMapType) return Status.BadArgument;
      const encoded = vm.memory.slice(address, length);
      if (!encoded) return Status.InvalidMemoryAccess;
      const map = vm.context.mutableMap(type);
      if (!map) return Status.BadArgument;
      map.clear();
      for (const [name, value] of decodePairs(encoded)) map.add(toLowerCase(name), value);
      return Status.Ok;
    }),
  };
}
