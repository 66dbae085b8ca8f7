/** What a map holds: it decides which names Envoy keeps in slots of their own. */
export type MapKind = "request" | "response" | "trailers";

export const inlineHeaders: Readonly<Record<MapKind, ReadonlySet<string>>> = {
  request: new Set<string>(),
  response: new Set<string>(),
  trailers: new Set<string>(),
};
