import type { Vm } from "../vm.ts";

/**
 * Hands bytes to the guest: allocates by its allocator, copies, and writes address and length where it asked for them.
 * Nothing is allocated for no bytes. False where an address is outside or the allocator failed.
 */
export function giveBytes(vm: Vm, bytes: Uint8Array, addressAt: number, lengthAt: number): boolean {
  let address = 0;
  if (bytes.length > 0) {
    address = vm.allocate(bytes.length);
    if (address === 0) return false;
    vm.memory.write(address, bytes);
  }
  return vm.memory.setU32(addressAt, address) && vm.memory.setU32(lengthAt, bytes.length);
}

/** As {@link giveBytes}, of a byte string. */
export function giveString(vm: Vm, byteString: string, addressAt: number, lengthAt: number): boolean {
  let address = 0;
  if (byteString.length > 0) {
    address = vm.allocate(byteString.length);
    if (address === 0) return false;
    vm.memory.writeString(address, byteString);
  }
  return vm.memory.setU32(addressAt, address) && vm.memory.setU32(lengthAt, byteString.length);
}

/** Time of the proxy as the ABI has it. */
export function nanoseconds(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds * 1000)) * 1000n;
}
