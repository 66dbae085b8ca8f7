import type { ASMFilterDeployment } from "../api/index.ts";
import type { Artifact } from "./artifact.ts";

/**
 * What the filter may call and be called for: names for Envoy's `allowed_capabilities`, sorted, or `"All"` for no restriction.
 * The list gates callbacks as well as host functions: one without them gives a filter that is never called.
 */
export function capabilitiesOf(deployment: ASMFilterDeployment, artifact: Artifact): string[] | "All" {
  const wanted = deployment.spec.filter.capabilities;
  if (wanted === "All") return "All";
  return [...new Set(wanted === "Auto" ? artifact.capabilities : wanted)].sort();
}
