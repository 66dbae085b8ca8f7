import type { ASMFilterDeployment, DeploymentSpec } from "../api/index.ts";
import type { Store } from "../kube/index.ts";
import type { PodMeta, RawDeployment } from "./objects.ts";

type Selector = Pick<DeploymentSpec, "workload" | "targetRefs">;

// Istio names the Gateway of a gateway's or a waypoint's pod in this label (networking/controller, "deployed gateways").
export const gatewayLabel = "gateway.networking.k8s.io/gateway-name";
const injectLabel = "sidecar.istio.io/inject";

/** Whether Istio would give a pod with these labels the filter. One that says it wants no sidecar has no proxy. */
export function selects({ workload, targetRefs }: Selector, labels: Readonly<Record<string, string>>): boolean {
  if (targetRefs !== undefined) return targetRefs.some(({ name }) => labels[gatewayLabel] === name);
  if (workload === undefined || labels[injectLabel] === "false") return false;
  return Object.entries(workload.labels).every(([name, value]) => labels[name] === value);
}

/**
 * The pods whose proxies are expected to ask, as `NAMESPACE/NAME`: those that the resource selects and that have a proxy.
 * Whether a `match` holds for a proxy is not to be seen from outside: with one, just those count that ask.
 */
export function expectedPods({ metadata, spec }: ASMFilterDeployment, pods: Store<PodMeta>): Set<string> {
  const expected = new Set<string>();
  if (spec.match?.proxyVersion !== undefined || spec.match?.ports !== undefined) return expected;
  for (const pod of pods.within(metadata.namespace)) {
    const stays = pod.metadata.deletionTimestamp === undefined;
    if (stays && pod.hasProxy && selects(spec, pod.metadata.labels ?? {}))
      expected.add(`${metadata.namespace}/${pod.metadata.name}`);
  }
  return expected;
}

/** What selects in a resource that nobody has checked yet: something that is not what it should be selects nothing. */
export function parseSelector({ spec }: RawDeployment): Selector {
  const { workload, targetRefs } = (spec ?? {}) as Partial<Selector>;
  return {
    ...(typeof workload?.labels === "object" && workload.labels !== null && { workload }),
    ...(Array.isArray(targetRefs) && { targetRefs }),
  };
}
