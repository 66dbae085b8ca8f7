/**
 * Builds filters written against `@asmfilter/sdk`.
 *
 *     const { wasmPath, config } = await build({ folder: "filters/hello" });
 *
 * {@link build} reads `filter.yaml`, compiles `assembly/index.ts` in this process, and writes the module with the
 * {@link FilterConfig} that travels with it: root ids, host functions, and the JSON Schema of the parameters.
 * Mistakes come as an {@link AsmFilterError} whose `diagnostics` have file, line and column.
 * @module
 */
export type { FilterConfig } from "./artifact.ts";
export { type BuildOptions, type BuildResult, build } from "./build.ts";
export { AsmFilterError, type Diagnostic, type ErrorCode, formatDiagnostic } from "./errors.ts";
export { type FilterManifest, readManifest } from "./manifest.ts";
export type { JSONSchema } from "./transform/schema.ts";
