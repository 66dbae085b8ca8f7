import type { ASMFilterDeployment } from "../api/index.ts";
import type { Artifact } from "./artifact.ts";
import { contentHash } from "./canonical.ts";

/** The value of `app.kubernetes.io/managed-by` on all that is written. */
export const MANAGED_BY = "asmfilter";
/** The annotation that holds {@link contentHash} of an EnvoyFilter's spec as it was written: what differs from it has drifted. */
export const HASH_ANNOTATION = "asmfilter.io/hash";
/** The annotation that shows `spec.filter.id`. */
export const ID_ANNOTATION = "asmfilter.io/id";

/** The EnvoyFilter's name, in the resource's namespace. */
export function envoyFilterName(deployment: ASMFilterDeployment): string {
  return `asmf-${deployment.metadata.name}`;
}

/**
 * The name of the slot in the proxies, and of the extension config that fills it. Never the user's choice: two of one name make
 * Envoy refuse the whole ECDS response, other tenants' filters with it.
 */
export function slotName(deployment: ASMFilterDeployment): string {
  return `asmfilter.io/${deployment.metadata.namespace}/${deployment.metadata.name}`;
}

/** `PluginConfig.name`: Envoy's metrics and log lines carry it, so it says which version it is. */
export function pluginName(deployment: ASMFilterDeployment, artifact: Pick<Artifact, "digest">): string {
  const digest8 = artifact.digest.replace(/^[^:]*:/, "").slice(0, 8);
  return `asmf.${deployment.metadata.namespace}.${deployment.metadata.name}.${digest8}`;
}

/**
 * `VmConfig.vm_id`. It must not change with every update, or VMs leak (istio #27671), and must change with the environment and the
 * capabilities, which older Envoys leave out of a VM's key (envoy #44563). `restart` is any text; another text is another VM.
 */
export function vmID(
  deployment: ASMFilterDeployment,
  capabilities: readonly string[] | "All",
  restart?: string,
): string {
  const { name, namespace } = deployment.metadata;
  const env = deployment.spec.filter.env ?? {};
  return `asmf.${namespace}.${name}.${contentHash({ env, capabilities, restart }).slice(0, 8)}`;
}
