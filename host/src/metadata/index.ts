/**
 * What a proxy-wasm module says of itself, read from its bytes alone.
 *
 *     const module = readModule(bytes);
 *     module.abi;            // "0.2.1"
 *     capabilities(module);  // ["proxy_get_header_map_value", "proxy_on_request_headers"]
 *
 * Nothing is compiled or run, so it is safe for modules of strangers, and works in a browser.
 * @module
 */
export { AsmFilterError, type ErrorCode } from "../errors.ts";
export { capabilities } from "./capabilities.ts";
export { type AbiVersion, type CustomSection, type ModuleMetadata, readModule } from "./module.ts";
export type { ExternalKind, ImportEntry } from "./sections.ts";
