import { patchContextSchema } from "../api/filter.ts";
import type { ASMFilterDeployment } from "../api/index.ts";
import { nearest } from "../api/nearest.ts";
import { failurePolicySchema, placementSchema } from "../api/spec.ts";
import { AsmFilterError } from "../errors.ts";
import type { Artifact } from "./artifact.ts";
import { bounded } from "./bounded.ts";
import { artifactType } from "./effective.ts";
import { checkParameters } from "./parameters.ts";
import { upstreamProblems } from "./upstreams.ts";

const MAX_MESSAGE = 2000;

/**
 * Whether the artifact can run as the resource wants it: the module, the bindings of its upstreams, and the parameters by the
 * artifact's own schema.
 *
 * @throws {AsmFilterError} `ASMF_MODULE_UNFIT`, `ASMF_UPSTREAMS_INVALID` or `ASMF_PARAMETERS_INVALID`.
 */
export function check(deployment: ASMFilterDeployment, artifact: Artifact): void {
  checkModule(deployment, artifact);
  checkUpstreams(deployment, artifact);
  const { parameters, rootID } = deployment.spec.filter;
  const problems = checkParameters(artifact.config?.schema, parameters, rootID);
  if (problems.length === 0) return;
  const lines = problems.map(({ path, message }) => `  ${path}: ${message}`);
  throw new AsmFilterError("ASMF_PARAMETERS_INVALID", `the parameters do not fit the filter:\n${lines.join("\n")}`, {
    hint: "Correct spec.filter.parameters; `asmfilter inspect IMAGE` prints the schema.",
  });
}

function checkUpstreams(deployment: ASMFilterDeployment, artifact: Artifact): void {
  const problems = upstreamProblems(deployment, artifact);
  if (problems.length === 0) return;
  const lines = problems.map((problem) => `  ${problem}`);
  throw new AsmFilterError("ASMF_UPSTREAMS_INVALID", `the upstreams do not fit the filter:\n${lines.join("\n")}`, {
    hint: "Bind in spec.filter.upstreams just the names that the filter calls; `asmfilter inspect IMAGE` lists them.",
  });
}

/**
 * Whether root, type, capabilities and the artifact's own defaults go together.
 *
 * @throws {AsmFilterError} `ASMF_MODULE_UNFIT`.
 */
export function checkModule(deployment: ASMFilterDeployment, artifact: Artifact): void {
  const problem =
    rootProblem(deployment, artifact) ??
    typeProblem(deployment, artifact) ??
    capabilityProblem(deployment, artifact) ??
    defaultsProblem(artifact);
  if (problem === undefined) return;
  throw new AsmFilterError("ASMF_MODULE_UNFIT", bounded(problem, MAX_MESSAGE), {
    hint: "`asmfilter inspect IMAGE` shows what the artifact holds; correct spec.filter, or choose another image.",
  });
}

function rootProblem({ spec }: ASMFilterDeployment, artifact: Artifact): string | undefined {
  const known = artifact.config?.rootIDs;
  if (known === undefined || known.length === 0) return undefined;
  const wanted = spec.filter.rootID;
  if (wanted === undefined && known.length > 1)
    return `spec.filter.rootID is needed: the artifact has ${known.join(", ")}`;
  if (wanted === undefined || known.includes(wanted)) return undefined;
  const meant = nearest(wanted, known);
  const suggestion = meant === undefined ? "" : `; did you mean ${meant}?`;
  return `spec.filter.rootID: the artifact has no root ${JSON.stringify(wanted)}, but ${known.join(", ")}${suggestion}`;
}

function typeProblem({ spec }: ASMFilterDeployment, artifact: Artifact): string | undefined {
  const is = artifactType(artifact);
  if (is === undefined || spec.filter.type === undefined || spec.filter.type === is) return undefined;
  return `spec.filter.type is ${spec.filter.type}, and the artifact holds a filter of type ${is}`;
}

/** A capability that is missing shows in Envoy only as a filter that is never called, or whose calls fail. */
function capabilityProblem({ spec }: ASMFilterDeployment, artifact: Artifact): string | undefined {
  const allowed = spec.filter.capabilities;
  if (typeof allowed === "string") return undefined;
  const missing = artifact.capabilities.filter((name) => !allowed.includes(name));
  if (missing.length === 0) return undefined;
  return `spec.filter.capabilities does not allow what the module needs: ${missing.join(", ")}`;
}

function defaultsProblem(artifact: Artifact): string | undefined {
  const defaults = artifact.config?.defaults ?? {};
  const schemas = { patchContext: patchContextSchema, failurePolicy: failurePolicySchema, placement: placementSchema };
  for (const [field, schema] of Object.entries(schemas)) {
    const value = defaults[field as keyof typeof schemas];
    if (value !== undefined && !schema.safeParse(value).success) {
      return `the artifact's defaults.${field} is not valid: ${JSON.stringify(value)?.slice(0, 200)}`;
    }
  }
  return undefined;
}
