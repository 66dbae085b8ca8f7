import type { FilterType } from "../api/index.ts";

/** The type URL of one of the filters that may stand in a slot. */
export function typeURL(type: FilterType, filter: "Wasm" | "RBAC"): string {
  const area = type === "HTTP" ? "http" : "network";
  return `type.googleapis.com/envoy.extensions.filters.${area}.${filter.toLowerCase()}.v3.${filter}`;
}

/**
 * All types that may ever stand in a slot of this kind; Envoy refuses others, and refuses a listener that lists a type it does not know.
 * The matcher is for a share of the traffic, which only HTTP filters can have.
 */
export function slotTypes(type: FilterType): string[] {
  const types = [typeURL(type, "Wasm"), typeURL(type, "RBAC")];
  return type === "HTTP"
    ? [...types, "type.googleapis.com/envoy.extensions.common.matching.v3.ExtensionWithMatcher"]
    : types;
}
