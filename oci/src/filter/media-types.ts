/** The artifact that the Istio agent, Envoy Gateway and wasme read (module.wasm.image, spec-oci). */
export const filterConfig = "application/vnd.module.wasm.config.v1+json";
export const filterModule = "application/vnd.module.wasm.content.layer.v1+wasm";
export const readme = "text/markdown";

/** CNCF's "Wasm OCI Artifact layout". */
export const cncfConfig = "application/vnd.wasm.config.v0+json";
export const cncfModule = "application/wasm";
