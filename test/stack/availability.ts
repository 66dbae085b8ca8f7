/** What a test may need: a class or an object that knows whether it can be had here. */
export interface Part {
  /** What people call it. */
  readonly title: string;
  /** Why it cannot be had here, and what would change that; undefined when it can. */
  missing(): string | undefined;
}

/** The reason of the first part that cannot be had here; undefined when all can. */
export function firstMissing(...parts: readonly Part[]): string | undefined {
  for (const part of parts) {
    const reason = part.missing();
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Whether all parts can be had, so that a `beforeAll` starts them. */
export function available(...parts: readonly Part[]): boolean {
  return firstMissing(...parts) === undefined;
}

/**
 * Skips the test, by name and with the reason, where a part cannot be had; with `ASMFILTER_REQUIRE_STACK=1` fails it.
 *
 *     beforeEach((context) => requirePart(context, Mesh, Registry));
 */
export function requirePart(context: { skip(note?: string): void }, ...parts: readonly Part[]): void {
  const reason = firstMissing(...parts);
  if (reason === undefined) return;
  if (process.env.ASMFILTER_REQUIRE_STACK === "1") throw new Error(`${reason} (ASMFILTER_REQUIRE_STACK=1)`);
  context.skip(reason);
}
