import type { ASMFilterDeployment, DeploymentSpec } from "../api/index.ts";
import type { Store } from "../kube/index.ts";
import type { PodMeta, RawDeployment } from "./objects.ts";

type Selector = Pick<DeploymentSpec, "workload" | "targetRefs">;

// Istio names the Gateway of a gateway's or a waypoint's pod in this label (networking/controller, "deployed gateways").
const gatewayLabel = "gateway.networking.k8s.io/gateway-name";
const injectLabel = "sidecar.istio.io/inject";

/** Whether Istio would give a pod with these labels the filter. One that says it wants no sidecar has no proxy. */
export function selects({ workload, targetRefs }: Selector, labels: Readonly<Record<string, string>>): boolean {
  if (targetRefs !== undefined) return targetRefs.some(({ name }) => labels[gatewayLabel] === name);
  if (workload === undefined || labels[injectLabel] === "false") return false;
  return Object.entries(workload.labels).every(([name, value]) => labels[name] === value);
}

/** The pods that a resource selects, as `NAMESPACE/NAME`. */
export function selectedPods({ metadata, spec }: ASMFilterDeployment, pods: Store<PodMeta>): Set<string> {
  const selected = new Set<string>();
  for (const pod of pods.within(metadata.namespace)) {
    const leaves = pod.metadata.deletionTimestamp !== undefined;
    if (!leaves && selects(spec, pod.metadata.labels ?? {})) selected.add(`${metadata.namespace}/${pod.metadata.name}`);
  }
  return selected;
}

/** What selects in a resource that nobody has checked yet: something that is not what it should be selects nothing. */
export function parseSelector({ spec }: RawDeployment): Selector {
  const { workload, targetRefs } = (spec ?? {}) as Partial<Selector>;
  return {
    ...(typeof workload?.labels === "object" && workload.labels !== null && { workload }),
    ...(Array.isArray(targetRefs) && { targetRefs }),
  };
}
