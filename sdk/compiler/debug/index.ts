/**
 * Finds the line of the source that a module trapped at.
 *
 *     const symbolizer = new LogSymbolizer([await readDebugMap("build/hello.wasm.map")]);
 *     const text = log.split("\n").flatMap((line) => symbolizer.push(line));
 *     symbolizer.traps;      // [{filter: "hello", callback: "proxy_on_request_headers", frames: [{file: "assembly/index.ts", line: 7, …}]}]
 *
 * A {@link DebugMap} is a source map with the functions of the module; `build` writes one beside each module.
 * @module
 */
export { AsmFilterError } from "../errors.ts";
export { describeTrap, type Frame, LogSymbolizer, type Trap } from "./log.ts";
export { DebugIndex, type DebugMap, type Location, type SourcePlace } from "./map.ts";
export { readDebugMap } from "./read.ts";
