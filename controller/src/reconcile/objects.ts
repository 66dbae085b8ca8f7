import { type ASMFilterDeployment, KIND, parseDeployment } from "../api/index.ts";
import type { Content, KubeObject } from "../kube/index.ts";
import { contentHash, slotName } from "../render/index.ts";
import { type Failure, failureOf } from "./failure.ts";
import type { WrittenEnvoyFilter } from "./plan.ts";
import { gatewayLabel } from "./selection.ts";

/** A resource as the API server has it: not parsed, not believed. */
export type RawDeployment = Content<{ spec?: unknown; status?: unknown }>;

/** A pod's name and labels, and whether Istio gave it a proxy. */
export type PodMeta = Content<{ hasProxy: boolean }>;

// The injector annotates every pod that it changes (pkg/kube/inject/webhook.go); the gateways that istiod deploys carry their Gateway's name.
const injectedAnnotation = "sidecar.istio.io/status";

/** Leaves what is compared, of a pod. */
export function smallPod({ metadata }: KubeObject): PodMeta {
  const { name, namespace, resourceVersion, labels, annotations, deletionTimestamp } = metadata;
  return {
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(labels !== undefined && { labels }),
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    },
    hasProxy: annotations?.[injectedAnnotation] !== undefined || labels?.[gatewayLabel] !== undefined,
  };
}

/** An EnvoyFilter of ours, made small: thousands are kept, and only compared. */
export type SmallEnvoyFilter = Content<{ written: WrittenEnvoyFilter }>;

/** Leaves what is compared. */
export function small(object: KubeObject): SmallEnvoyFilter {
  const { spec } = object as Content<{ spec?: { configPatches?: { applyTo?: string }[] } }>;
  const { name, namespace, uid, resourceVersion, labels = {}, annotations = {}, ownerReferences } = object.metadata;
  const owner = ownerReferences?.find(({ kind }) => kind === KIND);
  return {
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(owner !== undefined && { ownerReferences: [owner] }),
    },
    written: {
      labels,
      annotations,
      owner: owner?.uid,
      specHash: contentHash(spec),
      type: spec?.configPatches?.[0]?.applyTo === "NETWORK_FILTER" ? "NETWORK" : "HTTP",
    },
  };
}

/** The name of the slot of a resource that is switched off, which is read from the spec as it stands: the kill switch works for any spec. */
export function switchedOff({ metadata, spec }: RawDeployment): string | undefined {
  const off = (spec as { enabled?: unknown } | undefined)?.enabled === false;
  return off ? slotName({ metadata } as ASMFilterDeployment) : undefined;
}

/** The key of the resource that an object belongs to, if it belongs to one of ours. */
export function ownerKey({ metadata }: KubeObject): string | undefined {
  const owner = metadata.ownerReferences?.find(({ kind }) => kind === KIND);
  return owner === undefined ? undefined : `${metadata.namespace ?? ""}/${owner.name}`;
}

/** The resource as it can be relied on; its status is ours, and no reason to refuse the spec. */
export function parsed({
  apiVersion,
  kind,
  metadata,
  spec,
}: RawDeployment): { deployment: ASMFilterDeployment } | { failure: Failure } {
  try {
    return { deployment: parseDeployment({ apiVersion, kind, metadata, spec }) };
  } catch (error) {
    return { failure: failureOf("Valid", error, "SpecInvalid") };
  }
}
