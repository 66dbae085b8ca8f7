import {
  type ASMFilterDeployment,
  CONDITION_TYPES,
  type Condition,
  type ConditionType,
  type DeploymentStatus,
  type HistoryEntry,
} from "../api/index.ts";
import { envoyFilterName } from "../render/index.ts";
import type { Failure } from "./failure.ts";
import type { Plan, Version } from "./plan.ts";
import type { ProxyReport } from "./proxies.ts";

/** What a status is told from. */
export interface Result {
  readonly generation: number | undefined;
  /** The status so far. */
  readonly before: DeploymentStatus;
  /** The resource as it is, where it can be read. */
  readonly deployment: ASMFilterDeployment | undefined;
  readonly plan: Plan;
  /** Why the EnvoyFilter is not written, if it is to be. */
  readonly refused?: Failure | undefined;
  readonly report: ProxyReport;
  /** RFC 3339. */
  readonly now: string;
}

interface Verdict {
  readonly status: Condition["status"];
  readonly reason: string;
  readonly message: string;
}

const longestHistory = 10;
const yes = (reason: string, message: string): Verdict => ({ status: "True", reason, message });
const no = (reason: string, message: string): Verdict => ({ status: "False", reason, message });
const unknown = (reason: string, message: string): Verdict => ({ status: "Unknown", reason, message });

/** The status that says what was done. The same result gives the same status, but for the time of what changed. */
export function statusOf(result: Result): DeploymentStatus {
  const { plan, before, refused, report, generation } = result;
  const runs = refused === undefined ? plan.runs : undefined;
  const image = runs === undefined ? before.image : imageOf(runs);
  const envoyFilter = runs === undefined ? before.envoyFilter : envoyFilterOf(runs, plan);
  const history = historyOf(result, runs);
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    conditions: conditionsOf(result),
    ...(image && { image }),
    ...(envoyFilter && { envoyFilter }),
    proxies: report.counts,
    ...(history.length > 0 && { history }),
  };
}

function imageOf({ deployment, artifact }: Version): DeploymentStatus["image"] {
  const { digest, wasmSha256, size } = artifact;
  return { reference: deployment.spec.filter.image, digest, wasmSha256, size };
}

function envoyFilterOf({ deployment }: Version, { envoyFilterHash = "" }: Plan): DeploymentStatus["envoyFilter"] {
  return { name: envoyFilterName(deployment), hash: envoyFilterHash };
}

function historyOf({ before, now }: Result, runs: Version | undefined): HistoryEntry[] {
  const history = before.history ?? [];
  const digest = runs?.artifact.digest;
  if (digest === undefined || history[0]?.digest === digest) return history;
  const sameReference = before.image?.reference === runs?.deployment.spec.filter.image;
  const reason = history.length === 0 ? "Created" : sameReference ? "TagMoved" : "ImageChanged";
  return [{ digest, time: now, reason }, ...history].slice(0, longestHistory);
}

function conditionsOf(result: Result): Condition[] {
  const verdicts: Record<ConditionType, Verdict> = {
    Resolved: resolved(result),
    Verified: verified(result),
    Valid: valid(result),
    Programmed: programmed(result),
    Ready: ready(result),
  };
  return CONDITION_TYPES.map((type) => {
    const verdict = verdicts[type];
    const earlier = result.before.conditions?.find((condition) => condition.type === type);
    const lastTransitionTime = earlier?.status === verdict.status ? earlier.lastTransitionTime : result.now;
    const { generation } = result;
    return {
      type,
      ...verdict,
      lastTransitionTime,
      ...(generation !== undefined && { observedGeneration: generation }),
    };
  });
}

/** The verdict of a condition that failed, or that was not reached since an earlier one did. */
function failed({ plan: { failure } }: Result, condition: Failure["condition"]): Verdict | undefined {
  if (failure?.condition !== condition) return undefined;
  return failure.pending ? unknown(failure.reason, failure.message) : no(failure.reason, failure.message);
}

const specUnreadable = ({ deployment }: Result): boolean => deployment === undefined;

function resolved(result: Result): Verdict {
  if (specUnreadable(result)) return unknown("NotReached", "The spec is not valid.");
  const image = result.plan.failure === undefined ? result.plan.runs?.artifact.digest : undefined;
  const message = image === undefined ? "The image was found." : `The image is ${image}.`;
  return failed(result, "Resolved") ?? yes("Resolved", message);
}

function verified(result: Result): Verdict {
  if (specUnreadable(result) || result.plan.failure?.condition === "Resolved")
    return failed(result, "Verified") ?? notReached(result);
  return (
    failed(result, "Verified") ?? unknown("NotRequired", "No signature was asked for. The content fits its digest.")
  );
}

function valid(result: Result): Verdict {
  if (result.plan.failure?.condition === "Resolved") return notReached(result);
  return failed(result, "Valid") ?? yes("Valid", "The module and the parameters fit.");
}

function notReached({ plan: { failure } }: Result): Verdict {
  return unknown("NotReached", `${failure?.condition ?? "An earlier condition"} is not met.`);
}

function programmed(result: Result): Verdict {
  const { plan, refused, report, before } = result;
  if (refused !== undefined) return notWritten(refused, plan);
  if (plan.off && plan.content !== undefined) return yes("Disabled", "The filter is switched off: all traffic passes.");
  if (plan.failure !== undefined) {
    const good = plan.runs?.artifact.digest;
    if (good !== undefined) return no("KeptLastGood", `The spec cannot run; what was good before goes on: ${good}.`);
    if (before.image === undefined) return no("NothingToProgram", "The spec cannot run, and none ran before.");
    return no(
      "LastGoodUnavailable",
      `The spec cannot run, and ${before.image.digest}, which was good before, cannot be had now.`,
    );
  }
  if (report.refusal !== undefined) return no("ProxyRejected", rejection(report));
  return yes("Programmed", "The EnvoyFilter is written and its content is served.");
}

/** The kill switch reaches the slots that are there without the EnvoyFilter. */
function notWritten({ reason, message, pending }: Failure, { off, atOnce }: Plan): Verdict {
  const passes = " The filter is switched off all the same, where it was before: all traffic passes.";
  const text = off && atOnce !== undefined ? message + passes : message;
  return pending ? unknown(reason, text) : no(reason, text);
}

function rejection({ refusal, counts }: ProxyReport): string {
  const others = counts.failing > 1 ? ` and ${counts.failing - 1} more` : "";
  return `${refusal?.proxy}${others} refused it, and what ran there before goes on: ${refusal?.message}`;
}

/** What `kubectl get` shows: why the spec cannot run says more than what goes on instead. */
function cause({ failure }: Plan, { reason, message }: Verdict): [reason: string, message: string] {
  return failure === undefined ? [reason, message] : [failure.reason, `${failure.message} ${message}`];
}

function ready(result: Result): Verdict {
  const { report, deployment, plan } = result;
  const { matched, running, failing, unknown: silent } = report.counts;
  const isProgrammed = programmed(result);
  const { delivery } = (deployment ?? plan.runs?.deployment)?.spec ?? { delivery: "Direct" };
  if (isProgrammed.status !== "True") return no(...cause(plan, isProgrammed));
  if (delivery !== "Direct") return unknown("NotObservable", `Proxies report nothing with delivery ${delivery}.`);
  if (plan.content === undefined) return no("NotServed", "Nothing is served yet.");
  // A label that was misspelt looks just like this.
  if (matched === 0)
    return unknown(
      "NoProxies",
      "No pod with a proxy is selected, and no proxy has asked. Are spec.workload's labels right?",
    );
  const progress = `${running} of ${matched} proxies acknowledged it`;
  if (failing + silent === 0) return yes(isProgrammed.reason === "Disabled" ? "Disabled" : "Running", `${progress}.`);
  return no("WaitingForProxies", `${progress}; ${silent} did not answer.`);
}
