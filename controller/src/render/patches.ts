import type { ASMFilterDeployment, FilterType } from "../api/index.ts";
import type { Artifact } from "./artifact.ts";
import { type Effective, effective } from "./effective.ts";

/** `networking.istio.io/v1alpha3` EnvoyConfigObjectPatch. */
export interface ConfigPatch {
  applyTo: "HTTP_FILTER" | "NETWORK_FILTER" | "EXTENSION_CONFIG";
  match?: { context?: string; proxy?: { proxyVersion: string }; listener?: object };
  patch: { operation: "INSERT_BEFORE" | "INSERT_AFTER" | "INSERT_FIRST" | "ADD"; value: object };
}

// All traffic that a waypoint filters passes this listener; without the name, Istio would also insert into connect_terminate,
// and the filter would see the HBONE CONNECT as well.
const WAYPOINT_LISTENER = "main_internal";
const HTTP_CONNECTION_MANAGER = "envoy.filters.network.http_connection_manager";

/** One patch per port, or one for all, that inserts the slot. */
export function insertions(deployment: ASMFilterDeployment, artifact: Artifact, value: object): ConfigPatch[] {
  const { type, patchContext, placement } = effective(deployment, artifact);
  const ports: (number | undefined)[] = deployment.spec.match?.ports?.toSorted((a, b) => a - b) ?? [undefined];
  return ports.map((port) => ({
    applyTo: type === "HTTP" ? "HTTP_FILTER" : "NETWORK_FILTER",
    match: {
      context: patchContext === "WAYPOINT" ? "SIDECAR_INBOUND" : patchContext,
      ...proxyMatch(deployment),
      listener: {
        ...(port !== undefined && { portNumber: port }),
        ...(patchContext === "WAYPOINT" && { name: WAYPOINT_LISTENER }),
        ...chainMatch(type, placement),
      },
    },
    patch: { operation: operation(placement), value },
  }));
}

/** The match by the proxy's version, the same in every patch of a resource. */
export function proxyMatch({ spec }: ASMFilterDeployment): { proxy?: { proxyVersion: string } } {
  const proxyVersion = spec.match?.proxyVersion;
  return proxyVersion === undefined ? {} : { proxy: { proxyVersion } };
}

function operation({ before, after }: Effective["placement"]): ConfigPatch["patch"]["operation"] {
  if (before !== undefined) return "INSERT_BEFORE";
  return after !== undefined ? "INSERT_AFTER" : "INSERT_FIRST";
}

function chainMatch(type: FilterType, { before, after }: Effective["placement"]): object {
  const anchor = before ?? after;
  if (type === "NETWORK") return anchor === undefined ? {} : { filterChain: { filter: { name: anchor } } };
  const subFilter = anchor === undefined ? {} : { subFilter: { name: anchor } };
  return { filterChain: { filter: { name: HTTP_CONNECTION_MANAGER, ...subFilter } } };
}
