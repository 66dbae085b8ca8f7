/** When a guest may call a function: also while it starts, also while it allocates for the host, or only otherwise. */
export type Allowed = "always" | "starting" | "running";

/** A function that the host offers to guests. */
export interface HostFunction {
  readonly signature: string;
  /** Number of parameters. */
  readonly arity: number;
  readonly allowed: Allowed;
  // biome-ignore lint/suspicious/noExplicitAny: parameters are number, or bigint for i64, as the signature says.
  readonly run: (...args: any[]) => number | undefined;
}

export type HostFunctions = Readonly<Record<string, HostFunction>>;

/**
 * A host function: one letter for each parameter, `i` for i32 and `I` for i64. It returns an i32, its status.
 *
 *     proxy_record_metric: hostFunction("iI", (id, value) => vm.metrics.record(id, value))
 */
export function hostFunction(
  parameters: string,
  run: HostFunction["run"],
  allowed: Allowed = "running",
  result = "i32",
): HostFunction {
  const types = Array.from(parameters, (letter) => (letter === "I" ? "i64" : "i32"));
  return { signature: `(${types.join(",")})->${result}`, arity: types.length, allowed, run };
}
