/** What a request needs to be allowed, as token servers write it: `repository:filters/hello:pull,push`. */
export type Scope = string;

export function repositoryScope(repository: string, actions: readonly ("pull" | "push")[]): Scope {
  return `repository:${repository}:${actions.join(",")}`;
}

/** The same permissions, each resource once, sorted: equal needs make equal texts. */
export function mergeScopes(...scopes: readonly Scope[]): Scope[] {
  const actions = new Map<string, Set<string>>();
  const words = new Set<string>();
  for (const scope of scopes.flatMap((text) => text.split(" ")).filter(Boolean)) {
    // A repository's name holds no colon, but its host may.
    const colon = scope.lastIndexOf(":");
    // A registry of some clouds asks for a word, `aws`, which is handed on as it is.
    if (colon < 0) {
      words.add(scope);
      continue;
    }
    const resource = scope.slice(0, colon);
    const known = actions.get(resource) ?? new Set();
    for (const action of scope.slice(colon + 1).split(",")) known.add(action);
    actions.set(resource, known);
  }
  const merged = [...actions].map(([resource, wanted]) => `${resource}:${[...wanted].sort().join(",")}`);
  return [...words, ...merged].sort();
}
