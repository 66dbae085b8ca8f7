import { type CompiledModule, engine } from "./engine.ts";
import { AsmFilterError } from "./errors.ts";
import { type ModuleMetadata, readModule } from "./metadata/index.ts";

/** A compiled proxy-wasm module, from which any number of VMs can be made. */
export interface FilterModule {
  readonly metadata: ModuleMetadata;
  readonly compiled: CompiledModule;
}

/**
 * Reads and compiles a module.
 * @throws AsmFilterError `ASMF_MODULE_NOT_WASM` where the bytes are no valid WebAssembly, `ASMF_MODULE_NOT_PROXY_WASM`
 * where they are not a filter.
 */
export async function compileModule(bytes: Uint8Array): Promise<FilterModule> {
  const metadata = readModule(bytes);
  try {
    return { metadata, compiled: await engine.compile(bytes) };
  } catch (cause) {
    throw new AsmFilterError("ASMF_MODULE_NOT_WASM", `the module is not valid: ${(cause as Error).message}`, {
      hint: "Build it again; if it was just built, the compiler made code that no engine accepts.",
      cause,
    });
  }
}
