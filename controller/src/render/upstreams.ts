import type { ASMFilterDeployment, Upstream } from "../api/index.ts";
import { nearest } from "../api/nearest.ts";
import type { Artifact } from "./artifact.ts";
import { bounded } from "./bounded.ts";
import { canonicalJSON } from "./canonical.ts";

// An artifact's names come from whoever pushed it. `asmfilter build` takes as many, and as long.
const MAX_PROBLEMS = 32;
const MAX_NAME = 63;

/** The domain of a cluster's Services, where the installation does not say another. */
const CLUSTER_DOMAIN = "cluster.local";

/**
 * What is wrong with the bindings, a line each beginning with its path: a name that the filter calls and nothing is bound to, and one
 * that it does not call. An artifact that does not say which names there are is not judged.
 */
export function upstreamProblems({ spec }: ASMFilterDeployment, { config }: Artifact): string[] {
  const called = config?.upstreams;
  if (called === undefined) return [];
  const bound = Object.keys(spec.filter.upstreams ?? {});
  const path = (name: string) => `spec.filter.upstreams.${bounded(name, MAX_NAME)}`;
  const missing = called.filter((name) => !bound.includes(name));
  const unknown = bound.filter((name) => !called.includes(name));
  const more = missing.length - MAX_PROBLEMS;
  return [
    ...missing
      .slice(0, MAX_PROBLEMS)
      .map((name) => `${path(name)}: missing; the filter calls it, so bind it to a service and a port`),
    ...(more > 0 ? [`spec.filter.upstreams: the filter calls ${more} more that are not bound`] : []),
    ...unknown.map((name) => `${path(name)}: the filter calls no upstream of this name${suggestion(name, missing)}`),
  ];
}

function suggestion(name: string, candidates: readonly string[]): string {
  const meant = nearest(name, candidates);
  return meant === undefined ? "" : `; did you mean ${meant}?`;
}

/**
 * The VM configuration by which a filter finds the clusters of its upstreams: `{"upstreams":{"auth":"outbound|8080||auth.default.svc.cluster.local"}}`.
 * A VM's configuration is a part of its key, so that another binding is another VM (proxy-wasm-cpp-host, `makeVmKey`).
 */
export function vmConfiguration(deployment: ASMFilterDeployment, clusterDomain = CLUSTER_DOMAIN): string | undefined {
  const bound = Object.entries(deployment.spec.filter.upstreams ?? {});
  if (bound.length === 0) return undefined;
  const { namespace } = deployment.metadata;
  const clusters = bound.map(([name, upstream]) => [name, clusterOf(upstream, namespace, clusterDomain)]);
  return canonicalJSON({ upstreams: Object.fromEntries(clusters) });
}

/** Istio's name for an outbound cluster without a subset (pilot/pkg/model, `BuildSubsetKey`). */
function clusterOf({ service, host, port, cluster }: Upstream, namespace: string, clusterDomain: string): string {
  return cluster ?? `outbound|${port}||${host ?? serviceHost(service!, namespace, clusterDomain)}`;
}

function serviceHost(service: string, namespace: string, clusterDomain: string): string {
  const labels = service.split(".");
  if (labels.length > 3) return service;
  const [name, of = namespace] = labels;
  return `${name}.${of}.svc.${clusterDomain}`;
}
