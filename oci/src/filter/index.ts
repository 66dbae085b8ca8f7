/**
 * Proxy-wasm filters as artifacts: written in the layout that the Istio agent reads, read in all five that are in use.
 * @module
 */
export { type FilterConfig, parseFilterConfig } from "./config.ts";
export type { FilterLayout } from "./layouts.ts";
export { type PackFilterOptions, packFilter } from "./pack-filter.ts";
export { type FilterArtifact, type ReadFilterOptions, readFilter } from "./read-filter.ts";
