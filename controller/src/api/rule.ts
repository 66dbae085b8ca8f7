import type { z } from "zod";

/**
 * One condition that a value must meet, written twice: for the API server as CEL, and for us as a function. zod drops refinements
 * silently when it makes a JSON Schema, so neither half may be written without the other; `testdata/resources.yaml` holds both
 * to the same verdicts.
 */
export interface Rule<T> {
  /** The CEL expression of `x-kubernetes-validations`; `self` is the value. */
  readonly cel: string;
  /** What the user reads, from either side. */
  readonly message: string;
  /** The same condition over the value after defaults. */
  readonly holds: (value: T) => boolean;
}

/** The schema with rules that both the API server and `parseDeployment` enforce. */
export function withRules<S extends z.ZodType>(schema: S, ...rules: readonly Rule<z.output<S>>[]): S {
  return schema
    .superRefine((value, context) => {
      for (const rule of rules) {
        if (!rule.holds(value)) context.addIssue({ code: "custom", message: rule.message });
      }
    })
    .meta({ "x-kubernetes-validations": rules.map(({ cel, message }) => ({ rule: cel, message })) });
}
