import type binaryen from "assemblyscript/binaryen";

/**
 * The section that says that function 0 has the empty name, in twelve bytes. Envoy logs where a module trapped only if it
 * names a function, whichever (proxy-wasm-cpp-host, `src/v8/v8.cc`, `V8::getFailMessage`).
 */
const NAMES = [0, 10, 4, 0x6e, 0x61, 0x6d, 0x65, 1, 3, 1, 0, 0];

/** What binaryen gives for a module: with the address of a source map, the map as well. */
type Emitted = Uint8Array | { binary: Uint8Array; sourceMap: string };

/**
 * Lets the proxy log backtraces of what asc writes: what is done to `module.emitBinary` lasts as long as the module. With
 * `--debug` all functions have their names already.
 */
export function makeTraceable(module: binaryen.Module, { debugInfo }: { debugInfo: boolean }): void {
  if (debugInfo) return;
  const emit = module.emitBinary.bind(module) as (...url: unknown[]) => Emitted;
  const named = (...url: unknown[]): Emitted => {
    const emitted = emit(...url);
    return "binary" in emitted ? { ...emitted, binary: withName(emitted.binary) } : withName(emitted);
  };
  Object.assign(module, { emitBinary: named });
}

function withName(wasm: Uint8Array): Uint8Array {
  const named = new Uint8Array(wasm.length + NAMES.length);
  named.set(wasm);
  named.set(NAMES, wasm.length);
  return named;
}
