import { engine, type LinearMemory } from "../engine.ts";
import { AsmFilterError } from "../errors.ts";
import type { Vm } from "../vm.ts";
import { bufferFunctions } from "./buffers.ts";
import { httpCallFunctions } from "./calls.ts";
import { contextFunctions } from "./contexts.ts";
import { foreignFunctions } from "./foreign.ts";
import { grpcFunctions } from "./grpc.ts";
import { headerFunctions } from "./headers.ts";
import { type HostFunction, type HostFunctions, hostFunction } from "./host-function.ts";
import { logFunctions, logLevelFunctions } from "./log.ts";
import { metricFunctions } from "./metrics.ts";
import { propertyFunctions } from "./properties.ts";
import { sharedDataFunctions, sharedQueueFunctions } from "./shared.ts";
import { firstAbiFunctions, localResponseFunctions, streamFunctions } from "./streams.ts";
import { wasiFunctions } from "./wasi.ts";

/** Thrown through the guest, as a trap, where it calls what it may not call now. */
export class RestrictedCallback extends Error {}

export interface Linked {
  readonly imports: Record<string, Record<string, unknown>>;
  /** The memory, where the module imports it. */
  readonly memory: LinearMemory | undefined;
}

/**
 * What the module imports, made for a VM. Like Envoy it refuses imports that it does not have or has with another type
 * (proxy-wasm-cpp-host, src/v8/v8.cc, `link`).
 */
export function linkImports(vm: Vm): Linked {
  const offered = offeredFunctions(vm);
  const imports: Record<string, Record<string, unknown>> = {};
  let memory: LinearMemory | undefined;
  for (const { module, name, kind, signature, limits } of vm.module.metadata.imports) {
    imports[module] ??= {};
    if (limits) {
      memory ??= new engine.Memory(limits);
      imports[module][name] = memory;
      continue;
    }
    const found = kind === "function" ? offered[module]?.[name] : undefined;
    if (!found) throw missing(module, name);
    if (signature !== undefined && signature !== found.signature)
      throw mismatch(module, name, signature, found.signature);
    imports[module][name] = guard(vm, `${module}.${name}`, found);
  }
  return { imports, memory };
}

function offeredFunctions(vm: Vm): Readonly<Record<string, HostFunctions>> {
  const wasi = wasiFunctions(vm);
  return { env: proxyFunctions(vm), wasi_snapshot_preview1: wasi, wasi_unstable: wasi };
}

function proxyFunctions(vm: Vm): HostFunctions {
  const { abi } = vm.module.metadata;
  return {
    ...logFunctions(vm),
    ...bufferFunctions(vm),
    ...headerFunctions(vm),
    ...localResponseFunctions(vm),
    ...contextFunctions(vm),
    ...propertyFunctions(vm),
    ...metricFunctions(vm),
    ...sharedDataFunctions(vm),
    ...sharedQueueFunctions(vm),
    ...httpCallFunctions(vm),
    ...grpcFunctions(vm),
    ...foreignFunctions(vm),
    ...(abi === "0.1.0" ? firstAbiFunctions(vm) : streamFunctions(vm)),
    ...(abi === "0.2.1" ? logLevelFunctions(vm) : {}),
    // Two that Emscripten's code calls.
    pthread_equal: hostFunction("ii", (left: number, right: number) => (left === right ? 1 : 0)),
    emscripten_notify_memory_growth: hostFunction("i", () => undefined, "starting", "()"),
  };
}

/** The function, with a check before it where it is not allowed at all times. */
function guard(vm: Vm, name: string, { run, arity, allowed }: HostFunction): HostFunction["run"] {
  if (allowed === "always") return run;
  const checked = (): HostFunction["run"] => {
    if (vm.phase === "running" || (vm.phase === "starting" && allowed === "starting")) return run;
    throw new RestrictedCallback(`restricted_callback: ${name} may not be called while the guest is ${vm.phase}`);
  };
  // One wrapper for each number of parameters: the engine calls those without making an array of them.
  switch (arity) {
    case 0:
      return () => checked()();
    case 1:
      return (a) => checked()(a);
    case 2:
      return (a, b) => checked()(a, b);
    case 3:
      return (a, b, c) => checked()(a, b, c);
    case 4:
      return (a, b, c, d) => checked()(a, b, c, d);
    case 5:
      return (a, b, c, d, e) => checked()(a, b, c, d, e);
    default:
      return (...args) => checked()(...args);
  }
}

function missing(module: string, name: string): AsmFilterError {
  return new AsmFilterError("ASMF_MODULE_LINK", `the module imports ${module}.${name}, which no proxy offers it`, {
    hint: hintFor(module, name),
  });
}

function hintFor(module: string, name: string): string {
  if (module === "env" && ["abort", "trace", "seed", "Date.now", "console.log"].includes(name)) {
    return "AssemblyScript's own library asks for it: build with asmfilter, or give asc an alias for it (--use).";
  }
  if (module === "wbg" || module.startsWith("__wbindgen"))
    return "Build for wasm32-wasip1, not for the web by wasm-bindgen.";
  return "Envoy would refuse it as well («missing import»): remove what needs it, or use what the SDK offers instead.";
}

function mismatch(module: string, name: string, wanted: string, offered: string): AsmFilterError {
  return new AsmFilterError(
    "ASMF_MODULE_LINK",
    `the module imports ${module}.${name} as ${wanted}, but the proxy offers ${offered}`,
    { hint: "Declare the function with the ABI's parameters; Envoy would refuse the module («import type mismatch»)." },
  );
}
