import { z } from "zod";
import { atMost, withRules } from "./rule.ts";
import { upstreamsSchema } from "./upstreams.ts";

/** Where in a proxy the filter stands. `WAYPOINT` is ours: Istio patches a waypoint's listeners as SIDECAR_INBOUND. */
export const patchContextSchema = z.enum(["SIDECAR_INBOUND", "SIDECAR_OUTBOUND", "GATEWAY", "WAYPOINT", "ANY"]);
export const filterTypeSchema = z.enum(["HTTP", "NETWORK"]);

export type PatchContext = z.output<typeof patchContextSchema>;
export type FilterType = z.output<typeof filterTypeSchema>;
export type FailurePolicy = "FailClosed" | "FailOpen";

// RE2 and JavaScript read this alike. The registry is part of a reference: there is no default one. The repository is the
// distribution specification's, "Pulling manifests".
const LABEL = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?";
const REGISTRY = `(${LABEL}([.]${LABEL})*|\\[[0-9A-Fa-f:.]+\\])(:[1-9][0-9]{0,4})?`;
const REPOSITORY = "(/[a-z0-9]+(([.]|_|__|-+)[a-z0-9]+)*)+";
const IMAGE = `^(oci://)?${REGISTRY}${REPOSITORY}(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$`;
const image = new RegExp(IMAGE);

const imageSchema = withRules(z.string().min(1).max(1024), {
  cel: `self.matches(r'${IMAGE}')`,
  message: "must be REGISTRY/REPOSITORY[:TAG][@sha256:DIGEST]; a folder on disk cannot be deployed, push it first",
  holds: (value) => image.test(value),
}).describe(
  "The filter's artifact: `REGISTRY/REPOSITORY[:TAG][@DIGEST]`, a leading `oci://` is allowed. Where tag and digest are given the digest decides.",
);

const imagePullOptionsSchema = z.strictObject({
  pullSecret: z
    .string()
    .min(1)
    .max(253)
    .describe(
      "A Secret of type `kubernetes.io/dockerconfigjson` in the same namespace. Only the controller reads it; no proxy ever does.",
    )
    .optional(),
  plainHTTP: z.boolean().default(false).describe("Speak HTTP without TLS to the registry."),
  insecureSkipVerify: z.boolean().default(false).describe("Do not verify the registry's certificate."),
});

const secretKeySchema = z.strictObject({
  name: z.string().min(1).max(253).describe("Name of the Secret, in the same namespace."),
  key: z.string().min(1).max(253).describe("Key in the Secret."),
});

const parametersSchema = z
  .union([z.string(), z.record(z.string(), z.unknown())], {
    error: "expected an object, or a string that is handed to the filter as it is",
  })
  .describe(
    "What the filter's `@config` class is filled from: an object, checked against the schema in the artifact, or a string that is handed over as it is.",
  );

const CAPABILITY = /^[a-z][a-z0-9_]*$/;
const capabilitiesSchema = z
  .union([z.enum(["Auto", "All"]), z.array(z.string().regex(CAPABILITY).max(100)).min(1).max(200)], {
    error: 'expected "Auto", "All" or a list of names of host functions and callbacks',
  })
  .describe(
    "What the module may call and be called for. `Auto`: just the host functions it imports and the callbacks it exports. `All`: no restriction. A list: at most these; a filter that needs another is refused.",
  );

const envSchema = withRules(
  atMost(z.record(z.string(), z.string().max(4096)), 64),
  {
    cel: "self.all(name, name.matches('^[A-Za-z_][A-Za-z0-9_]{0,255}$'))",
    message: "a variable's name has letters, digits and underscores, and does not start with a digit",
    holds: (env) => Object.keys(env).every((name) => /^[A-Za-z_][A-Za-z0-9_]{0,255}$/.test(name)),
  },
  {
    // The istio-agent takes its own settings from variables of this prefix, a registry credential among them (pkg/wasm/convert.go).
    cel: "self.all(name, !name.startsWith('ISTIO_META_'))",
    message: "ISTIO_META_* is reserved for the istio-agent",
    holds: (env) => Object.keys(env).every((name) => !name.startsWith("ISTIO_META_")),
  },
).describe("Environment variables of the filter's VM. A change makes a new VM.");

/** What runs: `spec.filter`. */
export const filterSchema = withRules(
  z.strictObject({
    image: imageSchema,
    imagePullPolicy: z
      .enum(["IfNotPresent", "Always"])
      .default("IfNotPresent")
      .describe(
        "`IfNotPresent` resolves the tag once, until `image` changes; `Always` looks again whether the tag has moved.",
      ),
    imagePullOptions: imagePullOptionsSchema.prefault({}).describe("How the controller reaches the registry."),
    id: z
      .string()
      .min(1)
      .max(253)
      .describe("A name for people, kept as an annotation. Default: `NAME.NAMESPACE`.")
      .optional(),
    rootID: z
      .string()
      .max(253)
      .describe("The root context to run. Default: the artifact's, where it has just one.")
      .optional(),
    type: filterTypeSchema.describe("`HTTP` or `NETWORK` (TCP). Default: the artifact's, else `HTTP`.").optional(),
    patchContext: patchContextSchema
      .describe(
        "Where it runs: `SIDECAR_INBOUND`, `SIDECAR_OUTBOUND`, `GATEWAY`, `WAYPOINT` or `ANY`. Default: the artifact's, else `SIDECAR_INBOUND`; with `targetRefs` `GATEWAY`.",
      )
      .optional(),
    parameters: parametersSchema.optional(),
    parametersFrom: z
      .array(z.strictObject({ secretKeyRef: secretKeySchema.describe("The Secret's key that holds the parameters.") }))
      .max(16)
      .describe("Parameters from Secrets. Not supported yet.")
      .optional(),
    env: envSchema.optional(),
    capabilities: capabilitiesSchema.default("Auto"),
    upstreams: upstreamsSchema.optional(),
    verify: z
      .strictObject({ keyRef: secretKeySchema.describe("The Secret's key that holds the public key.") })
      .describe("Require a signature. Not supported yet.")
      .optional(),
  }),
  ...(["parametersFrom", "verify"] as const).map((field) => ({
    cel: `!has(self.${field})`,
    message: `${field} is not supported yet`,
    holds: (filter: Readonly<Record<string, unknown>>) => filter[field] === undefined,
  })),
).describe("What runs.");

export type Filter = z.output<typeof filterSchema>;
export type ImagePullOptions = z.output<typeof imagePullOptionsSchema>;
