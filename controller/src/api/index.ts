/**
 * The resource `ASMFilterDeployment`: which filter runs where, and how.
 *
 *     const deployment = parseDeployment(parse(yaml));     // typed, with defaults, or ASMF_RESOURCE_INVALID
 *     deployment.spec.filter.image;                        // "registry.example.com/filters/hello:0.1"
 *
 * One zod schema is the source of the types, of {@link parseDeployment}, of the CustomResourceDefinition that {@link crd}
 * returns, and of the reference page. What a proxy gets to see of a resource is decided in `@asmfilter/controller/render`.
 * @module
 */
export { AsmFilterError, type ErrorCode } from "../errors.ts";
export { crd } from "./crd.ts";
export type { FailurePolicy, Filter, FilterType, ImagePullOptions, PatchContext } from "./filter.ts";
export { API_GROUP, API_VERSION, KIND, PLURAL, VERSION } from "./names.ts";
export { type ASMFilterDeployment, type ObjectMeta, parseDeployment } from "./parse.ts";
export type { Delivery, DeploymentSpec, Match, Placement, TargetRef, Workload } from "./spec.ts";
export {
  CONDITION_TYPES,
  type Condition,
  type ConditionType,
  type DeploymentStatus,
  type HistoryEntry,
  type ProxyCounts,
  type ResolvedImage,
} from "./status.ts";
export { isHost, type Upstream } from "./upstreams.ts";
