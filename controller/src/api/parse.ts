import { z } from "zod";
import { AsmFilterError } from "../errors.ts";
import { API_VERSION, KIND } from "./names.ts";
import { nearest } from "./nearest.ts";
import { specSchema } from "./spec.ts";
import { type DeploymentStatus, statusSchema } from "./status.ts";
import { knownFields } from "./structural.ts";

// 248: the EnvoyFilter's name is five characters longer, and 253 is the limit of both.
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const metadataSchema = z.looseObject({
  name: z.string().max(248).regex(NAME, { error: "not a DNS name: lower-case letters, digits, - and ." }),
  namespace: z
    .string()
    .max(63)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, { error: "not a DNS label: lower-case letters, digits and -" })
    .default("default"),
  uid: z.string().optional(),
  generation: z.int().optional(),
  resourceVersion: z.string().optional(),
  creationTimestamp: z.union([z.string(), z.date()]).nullish(),
  deletionTimestamp: z.union([z.string(), z.date()]).nullish(),
  labels: z.record(z.string(), z.string()).nullish(),
  annotations: z.record(z.string(), z.string()).nullish(),
});

const deploymentSchema = z.strictObject({
  apiVersion: z.literal(API_VERSION, { error: `expected ${API_VERSION}` }),
  kind: z.literal(KIND, { error: `expected ${KIND}` }),
  metadata: metadataSchema,
  spec: specSchema,
  status: statusSchema.optional(),
});

export type ObjectMeta = z.output<typeof metadataSchema>;

/** The resource with all defaults filled in, those apart that depend on the artifact (`type`, `rootID`, `patchContext`, `placement`, `failurePolicy`). */
export type ASMFilterDeployment = z.output<typeof deploymentSchema> & { status?: DeploymentStatus | undefined };

/**
 * The resource, typed and with defaults.
 *
 * @throws {AsmFilterError} `ASMF_RESOURCE_INVALID`, whose message has one line for each thing that is wrong, each beginning with its path.
 * @example
 *     const { spec } = parseDeployment(await kube.read("hello"));
 *     spec.delivery; // "Direct", though the YAML does not say so
 */
export function parseDeployment(value: unknown): ASMFilterDeployment {
  const result = deploymentSchema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap(problemsOf);
  throw new AsmFilterError(
    "ASMF_RESOURCE_INVALID",
    `${describe(value)} is not valid:\n${problems.map((line) => `  ${line}`).join("\n")}`,
    {
      hint: "Correct the fields named above; docs/reference/resource.md lists them all, and `kubectl explain asmf.spec` does too.",
      cause: result.error,
    },
  );
}

function problemsOf(issue: z.core.$ZodIssue): string[] {
  const at = pathText(issue.path);
  if (issue.code !== "unrecognized_keys") {
    const missing = "input" in issue ? issue.input === undefined : false;
    return [
      `${at === "" ? "the resource" : at}: ${missing ? "missing" : issue.message.replace(/^Invalid input: /, "")}`,
    ];
  }
  const known = issue.path.length === 0 ? TOP_LEVEL : knownFields(issue.path);
  return issue.keys.map((key) => {
    const meant = nearest(key, known);
    return `${pathText([...issue.path, key])}: unknown field${meant === undefined ? "" : `; did you mean ${meant}?`}`;
  });
}

const TOP_LEVEL = Object.keys(deploymentSchema.shape);

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");
}

function describe(value: unknown): string {
  const name = (value as { metadata?: { name?: unknown } } | null | undefined)?.metadata?.name;
  return typeof name === "string" ? `${KIND} ${name}` : `the ${KIND}`;
}
