/**
 * What the mesh gets to see of a resource: pure functions from a deployment and its artifact to what Istio and Envoy read.
 *
 *     const artifact = { digest, wasmSha256, size, config, capabilities };
 *     check(deployment, artifact);                               // or ASMF_MODULE_UNFIT, ASMF_PARAMETERS_INVALID
 *     const patch = render(deployment, artifact, settings);      // the EnvoyFilter: inserts the slot, once
 *     const content = slotContent(deployment, artifact);         // what stands in the slot, as often as it changes
 *
 * The same input gives the same output, byte for byte: the controller and `asmfilter render` share it, and the golden files in
 * `testdata/` hold it.
 * @module
 */
export type { Artifact, ArtifactConfig } from "./artifact.ts";
export { canonicalJSON, contentHash } from "./canonical.ts";
export { capabilitiesOf } from "./capabilities.ts";
export { check, checkModule } from "./check.ts";
export {
  allowAll,
  type ContentOptions,
  type PluginConfig,
  type SlotContent,
  slotContent,
  type TypedExtensionConfig,
  type VmConfig,
  type WasmFilter,
} from "./content.ts";
export type { DiscoveryServer } from "./direct.ts";
export { type Effective, effective } from "./effective.ts";
export { type EnvoyFilter, render, type Settings } from "./envoyfilter.ts";
export { envoyFilterName, HASH_ANNOTATION, MANAGED_BY, pluginName, slotName, vmID } from "./names.ts";
export { checkParameters, type ParameterProblem } from "./parameters.ts";
