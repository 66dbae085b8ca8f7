import type { ASMFilterDeployment } from "../api/index.ts";
import { API_VERSION, KIND } from "../api/index.ts";
import { AsmFilterError } from "../errors.ts";
import type { Artifact } from "./artifact.ts";
import { contentHash } from "./canonical.ts";
import { type DiscoveryServer, directSource } from "./direct.ts";
import { effective } from "./effective.ts";
import { envoyFilterName, HASH_ANNOTATION, ID_ANNOTATION, MANAGED_BY } from "./names.ts";
import { type ConfigPatch, insertions } from "./patches.ts";
import { adsSource, registryContent } from "./registry.ts";
import { slot } from "./slot.ts";

/** `networking.istio.io/v1alpha3`, as much of it as is written here. */
export interface EnvoyFilter {
  apiVersion: "networking.istio.io/v1alpha3";
  kind: "EnvoyFilter";
  metadata: {
    name: string;
    namespace: string;
    labels: Record<string, string>;
    annotations: Record<string, string>;
    ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller: true }[];
  };
  spec: {
    workloadSelector?: { labels: Record<string, string> };
    targetRefs?: { group: string; kind: string; name: string }[];
    priority: number;
    configPatches: ConfigPatch[];
  };
}

/** What rendering has to know of the installation. */
export interface Settings extends DiscoveryServer {
  /** Istio's root namespace, where a patch would reach the whole mesh. Default `istio-system`. */
  readonly rootNamespace?: string;
  /** The domain of the cluster's Services. Default `cluster.local`. */
  readonly clusterDomain?: string;
  /** Delivery Registry: another text than before makes proxies that failed to fetch the module try again; healthy ones do nothing. */
  readonly refetchEpoch?: string;
}

/**
 * The EnvoyFilter that inserts a resource's slot. With delivery `Direct` it holds nothing that an update of the filter changes,
 * so it is written once; with `Registry` it holds the slot's content too.
 *
 * @throws {AsmFilterError} `ASMF_NAMESPACE_REFUSED` for the root namespace, `ASMF_NOT_SUPPORTED` for a delivery that does not exist yet.
 */
export function render(deployment: ASMFilterDeployment, artifact: Artifact, settings: Settings): EnvoyFilter {
  refuseRootNamespace(deployment, settings.rootNamespace ?? "istio-system");
  const { spec } = deployment;
  const { placement } = effective(deployment, artifact);
  const filled: EnvoyFilter["spec"] = {
    ...(spec.workload !== undefined && { workloadSelector: { labels: spec.workload.labels } }),
    ...(spec.targetRefs !== undefined && { targetRefs: spec.targetRefs }),
    priority: placement.priority,
    configPatches: patches(deployment, artifact, settings),
  };
  return {
    apiVersion: "networking.istio.io/v1alpha3",
    kind: "EnvoyFilter",
    metadata: metadata(deployment, contentHash(filled)),
    spec: filled,
  };
}

function patches(deployment: ASMFilterDeployment, artifact: Artifact, settings: Settings): ConfigPatch[] {
  switch (deployment.spec.delivery) {
    case "Direct":
      return insertions(deployment, artifact, slot(deployment, artifact, directSource(deployment, artifact, settings)));
    case "Registry":
      // In one EnvoyFilter, so that no proxy waits for a content that was not written yet.
      return [
        ...insertions(deployment, artifact, slot(deployment, artifact, adsSource())),
        registryContent(deployment, artifact, settings),
      ];
    default:
      throw new AsmFilterError("ASMF_NOT_SUPPORTED", `delivery ${deployment.spec.delivery} is not supported yet`, {
        hint: "Set spec.delivery to Direct, or to Registry where proxies can pull the image without credentials.",
      });
  }
}

function metadata(deployment: ASMFilterDeployment, hash: string): EnvoyFilter["metadata"] {
  const { name, namespace, uid } = deployment.metadata;
  return {
    name: envoyFilterName(deployment),
    namespace,
    labels: { "app.kubernetes.io/managed-by": MANAGED_BY },
    annotations: { [HASH_ANNOTATION]: hash, [ID_ANNOTATION]: deployment.spec.filter.id ?? `${name}.${namespace}` },
    ...(uid !== undefined && {
      ownerReferences: [{ apiVersion: API_VERSION, kind: KIND, name, uid, controller: true as const }],
    }),
  };
}

function refuseRootNamespace(deployment: ASMFilterDeployment, rootNamespace: string): void {
  if (deployment.metadata.namespace !== rootNamespace) return;
  throw new AsmFilterError(
    "ASMF_NAMESPACE_REFUSED",
    `${KIND} ${deployment.metadata.name} is in ${rootNamespace}, the mesh's root namespace: its filter would reach every namespace`,
    { hint: "Move the resource to the namespace of the workload that it is for." },
  );
}
