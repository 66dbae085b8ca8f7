import type { ProxyCounts } from "../api/index.ts";
import { type ProxyEvidence, podOf } from "../discovery/index.ts";

/** How the proxies of a resource stand to the version that they are to run. */
export interface ProxyReport {
  readonly counts: ProxyCounts;
  /** One proxy that refused it, always the same one of several, with Envoy's reason. */
  readonly refusal?: { readonly proxy: string; readonly message: string };
}

/**
 * Counts proxies by their own word. Pods that never asked are unknown: they may have no sidecar, or cannot reach the controller.
 * A proxy that asked and whose pod is not known, as on a virtual machine, counts as well.
 *
 * @param pods `NAMESPACE/NAME` of the pods that the resource selects
 */
export function reportOf(
  evidence: readonly ProxyEvidence[],
  pods: ReadonlySet<string>,
  version: string | undefined,
): ProxyReport {
  const proxies = new Map<string, ProxyEvidence>();
  for (const each of evidence) {
    const name = proxyName(each.node);
    // A proxy that reconnects has two streams for a moment; what it acknowledged counts.
    if (each.running === version || !proxies.has(name)) proxies.set(name, each);
  }
  const all = [...proxies];
  const running = all.filter(([, { running }]) => version !== undefined && running === version).length;
  const failed = all.filter(([, { running, refused }]) => running !== version && refused?.version === version);
  const matched = new Set([...pods, ...proxies.keys()]).size;
  const counts = { matched, running, failing: failed.length, unknown: matched - running - failed.length };
  const [first] = failed.sort(([left], [right]) => (left < right ? -1 : 1));
  if (first?.[1].refused === undefined) return { counts };
  return { counts, refusal: { proxy: first[0], message: first[1].refused.message } };
}

function proxyName(node: string): string {
  const pod = podOf(node);
  return pod === undefined ? node : `${pod.namespace}/${pod.name}`;
}
