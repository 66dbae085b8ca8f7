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

/** The map schema with a limit on its entries, which zod cannot say, and the API server needs to estimate what a rule costs. */
export function atMost<S extends z.ZodRecord>(schema: S, entries: number): S {
  return schema
    .superRefine((value, context) => {
      if (Object.keys(value).length > entries)
        context.addIssue({ code: "custom", message: `at most ${entries} entries` });
    })
    .meta({ maxProperties: entries });
}

/** The list schema as a set: the API server knows the word, and merges such lists by value. */
export function asSet<S extends z.ZodArray>(schema: S): S {
  return schema
    .superRefine((values, context) => {
      values.forEach((value, index) => {
        if (values.indexOf(value) !== index)
          context.addIssue({ code: "custom", message: "duplicate value", path: [index] });
      });
    })
    .meta({ "x-kubernetes-list-type": "set" });
}
