import { toByteString, toText } from "../byte-string.ts";
import type { Vm } from "../vm.ts";
import { nanoseconds } from "./guest-values.ts";
import { type HostFunctions, hostFunction } from "./host-function.ts";

/** The numbers of WASI's errors that Envoy gives. */
const Errno = {
  Success: 0,
  BadFile: 8,
  NotDirectory: 20,
  Fault: 21,
  Invalid: 28,
  NoEntry: 44,
  NoSystem: 52,
  NotSupported: 58,
};

/** The longest random value (proxy-wasm-cpp-host, include/proxy-wasm/limits.h). */
const maximumRandom = 64 * 1024;

/** WASI as far as Envoy has it: output becomes log lines, files and sockets are not there (proxy-wasm-cpp-host, src/exports.cc). */
export function wasiFunctions(vm: Vm): HostFunctions {
  return {
    ...outputFunctions(vm),
    ...environmentFunctions(vm),
    ...clockFunctions(vm),
    ...fileFunctions(vm),
    ...refusals(vm),
  };
}

function isOutput(descriptor: number): boolean {
  return descriptor === 1 || descriptor === 2;
}

function outputFunctions(vm: Vm): HostFunctions {
  const write = (descriptor: number, vectors: number, count: number, writtenAt: number): number => {
    if (!isOutput(descriptor)) return Errno.BadFile;
    let text = "";
    for (let i = 0; i < count >>> 0; i++) {
      const vector = (vectors >>> 0) + i * 8;
      if (!vm.memory.fits(vector, 8)) return Errno.Fault;
      const part = vm.memory.string(vm.memory.u32(vector), vm.memory.u32(vector + 4));
      if (part === undefined) return Errno.Fault;
      text += part;
    }
    const line = text.endsWith("\n") ? text.slice(0, -1) : text;
    if (text !== "") vm.log(descriptor === 1 ? "info" : "error", toText(line), "guest");
    return vm.memory.setU32(writtenAt, text.length) ? Errno.Success : Errno.Fault;
  };
  return {
    fd_write: hostFunction("iiii", write, "always"),
    fd_pwrite: hostFunction(
      "iiiIi",
      (descriptor: number, vectors: number, count: number, _offset: bigint, writtenAt: number) =>
        write(descriptor, vectors, count, writtenAt),
      "starting",
    ),
    proc_exit: hostFunction(
      "i",
      () => {
        // Envoy notes it at trace level, and the guest goes on.
        vm.log("trace", "wasi_unstable proc_exit", "proxy");
        return undefined;
      },
      "running",
      "()",
    ),
  };
}

function environmentFunctions(vm: Vm): HostFunctions {
  const entries = Object.entries(vm.environment).map(([name, value]) => `${toByteString(`${name}=${value}`)}\0`);
  const sizes = (countAt: number, sizeAt: number, count: number, size: number): number =>
    vm.memory.setU32(countAt, count) && vm.memory.setU32(sizeAt, size) ? Errno.Success : Errno.Fault;
  return {
    environ_sizes_get: hostFunction(
      "ii",
      (countAt: number, sizeAt: number) => sizes(countAt, sizeAt, entries.length, entries.join("").length),
      "starting",
    ),
    environ_get: hostFunction(
      "ii",
      (pointers: number, content: number) => {
        let at = content >>> 0;
        for (const [i, entry] of entries.entries()) {
          if (!vm.memory.setU32((pointers >>> 0) + i * 4, at) || !vm.memory.fits(at, entry.length)) return Errno.Fault;
          vm.memory.writeString(at, entry);
          at += entry.length;
        }
        return Errno.Success;
      },
      "starting",
    ),
    args_sizes_get: hostFunction("ii", (countAt: number, sizeAt: number) => sizes(countAt, sizeAt, 0, 0), "starting"),
    args_get: hostFunction("ii", () => Errno.Success, "starting"),
  };
}

function clockFunctions(vm: Vm): HostFunctions {
  const isClock = (id: number): boolean => id === 0 || id === 1;
  const give = (at: number, value: bigint): number => (vm.memory.setU64(at, value) ? Errno.Success : Errno.Fault);
  return {
    clock_time_get: hostFunction(
      "iIi",
      (id: number, _precision: bigint, at: number) =>
        isClock(id) ? give(at, nanoseconds(vm.host.clock.now())) : Errno.NotSupported,
      "always",
    ),
    clock_res_get: hostFunction(
      "ii",
      (id: number, at: number) => (isClock(id) ? give(at, 1n) : Errno.NotSupported),
      "starting",
    ),
    random_get: hostFunction(
      "ii",
      (address: number, length: number) => {
        if (length >>> 0 > maximumRandom) return Errno.Invalid;
        if (!vm.memory.fits(address, length)) return Errno.Fault;
        vm.host.random(vm.memory.bytes.subarray(address >>> 0, (address >>> 0) + (length >>> 0)));
        return Errno.Success;
      },
      "starting",
    ),
    sched_yield: hostFunction("", () => Errno.Success),
    poll_oneoff: hostFunction(
      "iiii",
      (_in: number, _out: number, _count: number, eventsAt: number) =>
        vm.memory.setU32(eventsAt, 0) ? Errno.Success : Errno.Fault,
      "always",
    ),
  };
}

function fileFunctions(vm: Vm): HostFunctions {
  const outputOnly = (descriptor: number): number => (isOutput(descriptor) ? Errno.Success : Errno.BadFile);
  return {
    fd_fdstat_get: hostFunction(
      "ii",
      (descriptor: number, at: number) => {
        if (!isOutput(descriptor)) return Errno.BadFile;
        // All zero but the right to write (64); a bad address is passed over.
        vm.memory.write(at, new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
        return Errno.Success;
      },
      "starting",
    ),
    fd_allocate: hostFunction("iII", outputOnly, "starting"),
    fd_datasync: hostFunction("i", outputOnly, "starting"),
    fd_sync: hostFunction("i", outputOnly, "starting"),
    fd_fdstat_set_rights: hostFunction("iII", outputOnly, "starting"),
    fd_filestat_set_size: hostFunction("iI", outputOnly, "starting"),
    fd_filestat_set_times: hostFunction("iIIi", outputOnly, "starting"),
    fd_tell: hostFunction(
      "ii",
      (descriptor: number, at: number) => {
        if (!isOutput(descriptor)) return Errno.BadFile;
        return vm.memory.setU64(at, 0n) ? Errno.Success : Errno.Fault;
      },
      "starting",
    ),
    fd_renumber: hostFunction(
      "ii",
      (from: number, to: number) => (isOutput(from) && isOutput(to) ? Errno.NotSupported : Errno.BadFile),
      "starting",
    ),
    fd_advise: hostFunction("iIIi", () => Errno.Success, "starting"),
    fd_seek: hostFunction("iIii", () => Errno.Success),
    fd_close: hostFunction("i", () => Errno.Success),
  };
}

/** What Envoy answers with an error alone, or with an error and a zero. */
function refusals(vm: Vm): HostFunctions {
  const zeroed = (errno: number, ...positions: number[]) => {
    return (...args: number[]): number =>
      positions.every((at) => vm.memory.setU32(args[at]!, 0)) ? errno : Errno.Fault;
  };
  const constant = (errno: number) => (): number => errno;
  return {
    fd_read: hostFunction("iiii", constant(Errno.NoSystem)),
    fd_pread: hostFunction("iiiIi", constant(Errno.NoSystem), "starting"),
    fd_fdstat_set_flags: hostFunction("ii", constant(Errno.NoSystem), "starting"),
    fd_filestat_get: hostFunction("ii", constant(Errno.BadFile), "starting"),
    fd_prestat_get: hostFunction("ii", constant(Errno.BadFile), "starting"),
    fd_prestat_dir_name: hostFunction("iii", constant(Errno.NoSystem), "starting"),
    fd_readdir: hostFunction("iiiIi", zeroed(Errno.NotDirectory, 4), "starting"),
    path_open: hostFunction("iiiiiIIii", constant(Errno.NoEntry)),
    path_filestat_get: hostFunction("iiiii", constant(Errno.NotSupported), "starting"),
    path_create_directory: hostFunction("iii", constant(Errno.NotSupported), "starting"),
    path_filestat_set_times: hostFunction("iiiiIIi", constant(Errno.NotSupported), "starting"),
    path_link: hostFunction("iiiiii", constant(Errno.NotSupported), "starting"),
    path_readlink: hostFunction("iiiiii", zeroed(Errno.NotSupported, 5), "starting"),
    path_remove_directory: hostFunction("iii", constant(Errno.NotSupported), "starting"),
    path_rename: hostFunction("iiiiii", constant(Errno.NotSupported), "starting"),
    path_symlink: hostFunction("iiii", constant(Errno.NotSupported), "starting"),
    path_unlink_file: hostFunction("iii", constant(Errno.NotSupported), "starting"),
    sock_accept: hostFunction("iii", zeroed(Errno.NotSupported, 2), "starting"),
    sock_recv: hostFunction("iiiiii", zeroed(Errno.NotSupported, 4), "starting"),
    sock_send: hostFunction("iiiii", zeroed(Errno.NotSupported, 4), "starting"),
    sock_shutdown: hostFunction("ii", constant(Errno.NotSupported), "starting"),
  };
}
