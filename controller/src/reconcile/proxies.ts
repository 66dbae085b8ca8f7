import type { ProxyCounts } from "../api/index.ts";
import { type ProxyEvidence, podOf } from "../discovery/index.ts";

/** How the proxies of a resource stand to the version that they are to run. */
export interface ProxyReport {
  readonly counts: ProxyCounts;
  /** One proxy that refused it, always the same one of several, with Envoy's reason. */
  readonly refusal?: { readonly proxy: string; readonly message: string };
}

/**
 * Counts proxies by their own word. Pods that never asked are unknown: they cannot reach the controller, or have not tried yet.
 * A proxy that asked and whose pod is not known, as on a virtual machine, counts as well.
 *
 * @param pods `NAMESPACE/NAME` of the pods whose proxies are expected to ask
 */
export function reportOf(
  evidence: readonly ProxyEvidence[],
  pods: ReadonlySet<string>,
  version: string | undefined,
): ProxyReport {
  const proxies = new Map<string, ProxyEvidence>();
  for (const each of evidence) {
    const name = proxyName(each.node);
    const other = proxies.get(name);
    if (other === undefined || weight(each, version) > weight(other, version)) proxies.set(name, each);
  }
  const all = [...proxies];
  const running = all.filter(([, each]) => runs(each, version)).length;
  const failed = all.filter(([, each]) => refuses(each, version));
  const matched = new Set([...pods, ...proxies.keys()]).size;
  const counts = { matched, running, failing: failed.length, unknown: matched - running - failed.length };
  const [first] = failed.sort(([left], [right]) => (left < right ? -1 : 1));
  if (first?.[1].refused === undefined) return { counts };
  return { counts, refusal: { proxy: first[0], message: first[1].refused.message } };
}

/** A proxy may have several streams: for a moment when it reconnects, for longer when it has several slots. Part of it refusing is refusing. */
function weight(evidence: ProxyEvidence, version: string | undefined): number {
  if (refuses(evidence, version)) return 2;
  return runs(evidence, version) ? 1 : 0;
}

function runs({ running }: ProxyEvidence, version: string | undefined): boolean {
  return version !== undefined && running === version;
}

function refuses({ running, refused }: ProxyEvidence, version: string | undefined): boolean {
  return version !== undefined && running !== version && refused?.version === version;
}

function proxyName(node: string): string {
  const pod = podOf(node);
  return pod === undefined ? node : `${pod.namespace}/${pod.name}`;
}
