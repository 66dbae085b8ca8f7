import { z } from "zod";
import { filterSchema } from "./filter.ts";
import { asSet, atMost, withRules } from "./rule.ts";

const labelsSchema = withRules(
  atMost(z.record(z.string(), z.string().max(63)), 32),
  {
    // Istio reads no labels as every workload of the namespace, and of the mesh in the root namespace.
    cel: "self.size() >= 1",
    message: "at least one label; without any, every workload of the namespace would be hit",
    holds: (labels) => Object.keys(labels).length >= 1,
  },
  {
    // pkg/config/validation: "wildcard not supported in workloadSelector", and empty keys.
    cel: "self.all(key, key != '' && !key.contains('*') && !self[key].contains('*'))",
    message: "a label's key is not empty, and neither key nor value holds a *",
    holds: (labels) => Object.entries(labels).every(([key, value]) => key !== "" && !`${key}${value}`.includes("*")),
  },
).describe("Labels that a pod must carry, all of them.");

const workloadSchema = z.strictObject({
  kind: z
    .enum(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"])
    .default("Deployment")
    .describe("What the labels belong to. For people: Istio selects pods by labels alone."),
  labels: labelsSchema,
});

const targetRefSchema = z.strictObject({
  group: z
    .literal("gateway.networking.k8s.io")
    .default("gateway.networking.k8s.io")
    .describe("API group of the target."),
  // A Service or ServiceEntry as target never matches: Istio's waypoints are patched by their Gateway only.
  kind: z.literal("Gateway").describe("Kind of the target."),
  name: z.string().min(1).max(253).describe("Name of the target, in the same namespace."),
});

// Flags, names as Python has them, and escapes and classes of Perl and POSIX.
const RE2_ALONE = /\(\?(?![:=!<])|\\[AzQECpP]|\[\[:/;

/**
 * Whether RE2 may take a pattern. It has no look-around and no back references, which JavaScript's `RegExp` takes both; what RE2 has and
 * JavaScript has not is left to the API server, whose word it is in the end: what it accepted must not be refused here.
 */
function isRE2(pattern: string): boolean {
  if (/\(\?<?[=!]|\\[1-9]|\\k</.test(pattern)) return false;
  if (RE2_ALONE.test(pattern)) return true;
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}

const matchSchema = z.strictObject({
  ports: asSet(z.array(z.int().min(1).max(65535)).min(1).max(16))
    .describe(
      "Listener ports: inbound the port that the workload listens on, outbound the service's, at gateways the listener's. Default: all.",
    )
    .optional(),
  proxyVersion: withRules(z.string().min(1).max(1024), {
    // A pattern that RE2 refuses is an evaluation error, which refuses the resource.
    cel: "'1.30.0'.matches(self) in [true, false]",
    message: "not a regular expression that Istio can read (RE2: no look-around, no back references)",
    holds: isRE2,
  })
    .describe("A regular expression (RE2) over the proxy's Istio version. Others do not get the filter.")
    .optional(),
});

export const placementSchema = withRules(
  z.strictObject({
    before: z.string().min(1).max(253).describe("Directly before the filter of this name.").optional(),
    after: z.string().min(1).max(253).describe("Directly after the filter of this name.").optional(),
    first: z.boolean().describe("At the head of the chain.").optional(),
    priority: z
      .int32()
      .describe("Filters at the same anchor run in ascending order of priority. Default: 10.")
      .optional(),
  }),
  {
    cel: "[has(self.before), has(self.after), has(self.first) && self.first].filter(set, set).size() <= 1",
    message: "at most one of before, after and first",
    holds: ({ before, after, first }) =>
      [before !== undefined, after !== undefined, first === true].filter(Boolean).length <= 1,
  },
);

export const failurePolicySchema = z.enum(["FailClosed", "FailOpen"]);

const deliverySchema = withRules(z.enum(["Direct", "Served", "Registry", "Node"]), {
  cel: "self in ['Direct', 'Registry']",
  message: "the deliveries Served and Node are not supported yet; use Direct or Registry",
  holds: (delivery) => delivery === "Direct" || delivery === "Registry",
});

const specFields = z.strictObject({
  workload: workloadSchema.describe("The pods whose sidecars or gateways get the filter.").optional(),
  targetRefs: z
    .array(targetRefSchema)
    .min(1)
    .max(16)
    .describe("Instead of `workload`: gateways and waypoints by their Gateway.")
    .optional(),
  filter: filterSchema,
  match: matchSchema.describe("Narrows where the filter is inserted.").optional(),
  placement: placementSchema
    .describe(
      "Where in the chain. Default: the artifact's, else before the router (HTTP) or the TCP proxy (NETWORK). An anchor that a chain does not have inserts nothing there.",
    )
    .optional(),
  failurePolicy: failurePolicySchema
    .describe(
      "What requests meet while the filter cannot run: `FailClosed` an error, `FailOpen` no filter. Default: the artifact's, else `FailClosed`.",
    )
    .optional(),
  delivery: deliverySchema
    .default("Direct")
    .describe(
      "How the module reaches the proxies. `Direct`: the controller is their extension config server. `Registry`: the istio-agent pulls the digest. `Served` and `Node` are not supported yet.",
    ),
  enabled: z
    .boolean()
    .default(true)
    .describe("The kill switch: `false` lets all traffic pass unfiltered, without touching a listener."),
});

type Fields = z.output<typeof specFields>;

const isWaypoint = (spec: Fields): boolean => spec.filter.patchContext === "WAYPOINT";

/** What the user wants: `spec`. */
export const specSchema = withRules(
  specFields,
  {
    cel: "has(self.workload) != has(self.targetRefs)",
    message: "exactly one of workload and targetRefs",
    holds: (spec) => (spec.workload === undefined) !== (spec.targetRefs === undefined),
  },
  {
    cel: "!has(self.targetRefs) || !has(self.filter.patchContext) || self.filter.patchContext in ['GATEWAY', 'WAYPOINT']",
    message: "with targetRefs, filter.patchContext is GATEWAY or WAYPOINT",
    holds: ({ targetRefs, filter }) =>
      targetRefs === undefined ||
      filter.patchContext === undefined ||
      ["GATEWAY", "WAYPOINT"].includes(filter.patchContext),
  },
  {
    cel: "!has(self.workload) || !has(self.filter.patchContext) || self.filter.patchContext != 'WAYPOINT'",
    message: "a waypoint is selected by targetRefs: Istio ignores labels there",
    holds: (spec) => spec.workload === undefined || !isWaypoint(spec),
  },
  {
    cel: "!has(self.match) || !has(self.match.ports) || !has(self.filter.patchContext) || self.filter.patchContext != 'WAYPOINT'",
    message: "match.ports is not supported yet with WAYPOINT: all its traffic passes one listener",
    holds: (spec) => spec.match?.ports === undefined || !isWaypoint(spec),
  },
  {
    // Through an EnvoyFilter the credential itself would have to stand in the resource, in clear text.
    cel: "self.delivery != 'Registry' || !has(self.filter.imagePullOptions) || !has(self.filter.imagePullOptions.pullSecret)",
    message: "delivery Registry cannot use a pullSecret: the credential would reach every proxy; use Direct",
    holds: ({ delivery, filter }) => delivery !== "Registry" || filter.imagePullOptions.pullSecret === undefined,
  },
).describe("What is wanted.");

export type DeploymentSpec = z.output<typeof specSchema>;
export type Workload = z.output<typeof workloadSchema>;
export type TargetRef = z.output<typeof targetRefSchema>;
export type Match = z.output<typeof matchSchema>;
export type Placement = z.output<typeof placementSchema>;
export type Delivery = DeploymentSpec["delivery"];
