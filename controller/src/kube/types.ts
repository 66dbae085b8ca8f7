import { API_GROUP, KIND, PLURAL, VERSION } from "../api/names.ts";

/** Where a kind of object is found in the API server. */
export interface Resource {
  /** `""` is the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** The part of metadata that the controller reads or writes. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  managedFields?: unknown;
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Any object of the API server. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
}

/** An object with its content under a name that a kind chooses. */
export type Content<Fields = Record<string, unknown>> = KubeObject & Fields;

const resource = (group: string, version: string, kind: string, plural: string): Resource => ({
  group,
  version,
  kind,
  plural,
  namespaced: true,
});

/** The kinds that the controller works with. */
export const resources = {
  deployments: resource(API_GROUP, VERSION, KIND, PLURAL),
  envoyFilters: resource("networking.istio.io", "v1alpha3", "EnvoyFilter", "envoyfilters"),
  pods: resource("", "v1", "Pod", "pods"),
  secrets: resource("", "v1", "Secret", "secrets"),
  revisions: resource("apps", "v1", "ControllerRevision", "controllerrevisions"),
  events: resource("events.k8s.io", "v1", "Event", "events"),
} as const;

/** `v1`, or `group/version`. */
export function apiVersion({ group, version }: Resource): string {
  return group === "" ? version : `${group}/${version}`;
}

/** The path of a kind, a namespace of it, one object, or a subresource of that. */
export function pathOf(type: Resource, namespace?: string, name?: string, subresource?: string): string {
  const parts = type.group === "" ? ["api", type.version] : ["apis", type.group, type.version];
  if (type.namespaced && namespace !== undefined) parts.push("namespaces", namespace);
  parts.push(type.plural);
  if (name !== undefined) parts.push(name);
  if (subresource !== undefined) parts.push(subresource);
  return `/${parts.map(encodeURIComponent).join("/")}`;
}

/** `namespace/name`, the only thing a work queue ever holds: what is done follows from the state, not from the event. */
export function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
}

/** The two halves of a key. */
export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf("/");
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
