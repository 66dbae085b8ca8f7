import type { ASMFilterDeployment } from "../api/index.ts";
import type { Artifact } from "./artifact.ts";
import { slotContent, type TypedExtensionConfig, type WasmFilter } from "./content.ts";
import { type ConfigPatch, proxyMatch } from "./patches.ts";

/** `envoy.config.core.v3.ConfigSource` for a content that istiod delivers. Never without an end: a listener would wait for ever. */
export function adsSource(): object {
  return { ads: {}, initial_fetch_timeout: "60s", resource_api_version: "V3" };
}

/** The patch that holds the slot's content, for the istio-agent to fetch. */
export function registryContent(
  deployment: ASMFilterDeployment,
  artifact: Artifact,
  { refetchEpoch, clusterDomain }: { refetchEpoch?: string; clusterDomain?: string } = {},
): ConfigPatch {
  const { config, module } = slotContent(deployment, artifact, { clusterDomain });
  const value = module === undefined ? config : withRemoteCode(config, deployment, artifact, refetchEpoch);
  const match = proxyMatch(deployment);
  return {
    applyTo: "EXTENSION_CONFIG",
    ...(match.proxy !== undefined && { match }),
    patch: { operation: "ADD", value },
  };
}

function withRemoteCode(
  config: TypedExtensionConfig,
  deployment: ASMFilterDeployment,
  artifact: Artifact,
  refetchEpoch: string | undefined,
): object {
  const wasm = config.typed_config as WasmFilter;
  const vm = wasm.config.vm_config;
  const env = {
    ...vm.environment_variables?.key_values,
    // The agent fetches again when this changes, and takes it away before Envoy sees it (pkg/wasm/convert.go).
    ISTIO_META_WASM_PLUGIN_RESOURCE_VERSION: refetchEpoch ?? "0",
  };
  const vm_config = { ...vm, code: remoteCode(deployment, artifact), environment_variables: { key_values: env } };
  return { ...config, typed_config: { ...wasm, config: { ...wasm.config, vm_config } } };
}

/** For `oci://` the agent compares `sha256` with the manifest's digest, not with the module's. */
function remoteCode(deployment: ASMFilterDeployment, { digest }: Artifact): object {
  return {
    remote: {
      // The agent ignores the cluster, and Envoy's validation demands one.
      http_uri: { uri: `oci://${repository(deployment.spec.filter.image)}@${digest}`, timeout: "10s", cluster: "_" },
      sha256: digest.replace(/^sha256:/, ""),
    },
  };
}

/** `REGISTRY/REPOSITORY` of a reference, without tag and digest. */
function repository(image: string): string {
  return image
    .replace(/^oci:\/\//, "")
    .replace(/@.*$/, "")
    .replace(/:[^/]*$/, "");
}
