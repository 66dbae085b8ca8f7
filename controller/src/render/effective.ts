import { patchContextSchema } from "../api/filter.ts";
import type { ASMFilterDeployment, FailurePolicy, FilterType, PatchContext, Placement } from "../api/index.ts";
import { failurePolicySchema, placementSchema } from "../api/spec.ts";
import type { Artifact } from "./artifact.ts";

/** What holds where the resource may leave it to the artifact, and the artifact to us. */
export interface Effective {
  readonly type: FilterType;
  readonly patchContext: PatchContext;
  readonly failurePolicy: FailurePolicy;
  readonly placement: Placement & { readonly priority: number };
  /** `""`, Envoy's default, where neither the resource nor the artifact names one. */
  readonly rootID: string;
}

// `istioctl analyze` warns about relative operations of priority 0.
const DEFAULT_PRIORITY = 10;
const LAST = { HTTP: "envoy.filters.http.router", NETWORK: "envoy.filters.network.tcp_proxy" } as const;

/** The resource's word, else the artifact's, else ours. */
export function effective(deployment: ASMFilterDeployment, artifact: Artifact): Effective {
  const { spec } = deployment;
  const defaults = artifact.config?.defaults ?? {};
  const type = spec.filter.type ?? artifactType(artifact) ?? "HTTP";
  const rootIDs = artifact.config?.rootIDs ?? [];
  return {
    type,
    patchContext:
      spec.filter.patchContext ?? contextFor(deployment, patchContextSchema.safeParse(defaults.patchContext).data),
    failurePolicy: spec.failurePolicy ?? failurePolicySchema.safeParse(defaults.failurePolicy).data ?? "FailClosed",
    placement: placementFor(type, spec.placement, placementSchema.safeParse(defaults.placement).data),
    rootID: spec.filter.rootID ?? (rootIDs.length === 1 ? rootIDs[0]! : ""),
  };
}

/** The artifact's type, if it says one that we know. */
export function artifactType(artifact: Artifact): FilterType | undefined {
  if (artifact.config?.type === "http") return "HTTP";
  return artifact.config?.type === "network" ? "NETWORK" : undefined;
}

/** An artifact recommends a context without knowing what will select it: it counts where it can match. */
function contextFor({ spec }: ASMFilterDeployment, recommended: PatchContext | undefined): PatchContext {
  if (spec.targetRefs !== undefined) return "GATEWAY";
  return recommended === undefined || recommended === "WAYPOINT" ? "SIDECAR_INBOUND" : recommended;
}

function placementFor(type: FilterType, wanted: Placement = {}, recommended: Placement = {}): Effective["placement"] {
  const anchor = [wanted, recommended].map(anchorOf).find((found) => found !== undefined) ?? { before: LAST[type] };
  return { ...anchor, priority: wanted.priority ?? recommended.priority ?? DEFAULT_PRIORITY };
}

function anchorOf({ before, after, first }: Placement): Placement | undefined {
  if (before !== undefined) return { before };
  if (after !== undefined) return { after };
  return first === true ? { first } : undefined;
}
