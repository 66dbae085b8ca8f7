import { setFlagsFromString } from "node:v8";

/**
 * Keeps V8 before 12 from a fault of its own: Node 20 (V8 11.3) puts hot calls of WebAssembly into the code of the
 * JavaScript that makes them, and that code can end the process with a segmentation fault. Node 22 and 24 run the same
 * calls well. The host's calls are put there, too, though it has not been seen to crash; without it they are as fast.
 */
export function avoidInlinedWasm(): void {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) < 22) setFlagsFromString("--no-turbo-inline-js-wasm-calls");
}
