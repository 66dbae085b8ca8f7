import { z } from "zod";

/** The conditions, in the order in which a resource earns them. */
export const CONDITION_TYPES = ["Resolved", "Verified", "Valid", "Programmed", "Ready"] as const;
export type ConditionType = (typeof CONDITION_TYPES)[number];

const count = (what: string) => z.int32().min(0).describe(what);
const time = z.iso.datetime({ offset: true });

const conditionSchema = z.object({
  type: z
    .enum(CONDITION_TYPES)
    .describe(
      "`Resolved`: the image was found and pulled. `Verified`: its signature. `Valid`: the module and the parameters fit. `Programmed`: the EnvoyFilter is written. `Ready`: the proxies run it.",
    ),
  status: z.enum(["True", "False", "Unknown"]).describe("`True`, `False` or `Unknown`."),
  reason: z.string().min(1).max(1024).describe("One word for machines."),
  message: z.string().max(32768).describe("A sentence for people."),
  lastTransitionTime: time.describe("When `status` changed last."),
  observedGeneration: z.int().min(0).describe("The generation of the spec that this is about.").optional(),
});

const imageSchema = z.object({
  reference: z.string().describe("The reference as it was asked for."),
  digest: z.string().describe("Digest of the manifest that it stood for: what runs."),
  wasmSha256: z.string().describe("SHA-256 of the module, hexadecimal.").optional(),
  size: z.int().min(0).describe("Bytes of the module.").optional(),
});

const proxiesSchema = z.object({
  matched: count("Proxies that the resource selects."),
  running: count("Proxies that acknowledged the present content."),
  failing: count("Proxies that refused it."),
  unknown: count("Proxies that have not answered."),
});

const historySchema = z.object({
  digest: z.string().describe("Digest of the manifest."),
  time: time.describe("When it was programmed."),
  reason: z.string().describe("Why it replaced the one before."),
});

/** What is: `status`, written by the controller alone. */
export const statusSchema = z
  .object({
    observedGeneration: z.int().min(0).describe("The generation of the spec that this status is about.").optional(),
    conditions: z
      .array(conditionSchema)
      .max(16)
      .describe("What was reached and what was not, and why.")
      .meta({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"] })
      .optional(),
    image: imageSchema.describe("What the image stood for when it was resolved.").optional(),
    envoyFilter: z
      .object({
        name: z.string().describe("Its name, in the same namespace."),
        hash: z.string().describe("Hash of its spec, to see drift."),
      })
      .describe("The EnvoyFilter that was written.")
      .optional(),
    proxies: proxiesSchema.describe("How many proxies run the filter, by their own word.").optional(),
    history: z
      .array(historySchema)
      .max(10)
      .describe("The last digests, the newest first.")
      .meta({ "x-kubernetes-list-type": "atomic" })
      .optional(),
  })
  .describe("What is. Written by the controller.");

export type DeploymentStatus = z.output<typeof statusSchema>;
export type Condition = z.output<typeof conditionSchema>;
export type ResolvedImage = z.output<typeof imageSchema>;
export type ProxyCounts = z.output<typeof proxiesSchema>;
export type HistoryEntry = z.output<typeof historySchema>;
