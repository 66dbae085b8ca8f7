import { hostname } from "node:os";
import { API_VERSION, type Condition, type DeploymentStatus, KIND } from "../api/index.ts";
import type { Content, Kube, KubeObject } from "../kube/index.ts";
import { KubeError, resources } from "../kube/index.ts";
import { contentHash } from "../render/index.ts";

/** What is worth telling people who look at a resource. */
export interface Happening {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly note: string;
}

const longestNote = 1024;
const echoes = new Set(["KeptLastGood", "LastGoodUnavailable", "NothingToProgram"]);

/** What a change of status tells: each condition that failed anew, or that the resource became ready. A status that stays the same tells nothing. */
export function happenings(before: DeploymentStatus, after: DeploymentStatus): Happening[] {
  const earlier = (type: string): Condition | undefined =>
    before.conditions?.find((condition) => condition.type === type);
  return (after.conditions ?? []).flatMap(({ type, status, reason, message }): Happening[] => {
    const known = earlier(type);
    if (known?.status === status && known.reason === reason) return [];
    // Ready and Programmed repeat what an earlier condition says.
    const root = status === "False" && type !== "Ready" && !echoes.has(reason);
    if (root) return [{ type: "Warning", reason, note: message.slice(0, longestNote) }];
    return type === "Ready" && status === "True"
      ? [{ type: "Normal", reason, note: message.slice(0, longestNote) }]
      : [];
  });
}

/**
 * Writes an Event about a resource (events.k8s.io/v1). Its name follows from what it tells, so that the same is told once of each
 * generation while the API server remembers it (an hour): a resource that gains and loses proxies does not become ready again and again.
 */
export async function tell(
  kube: Pick<Kube, "create">,
  about: KubeObject,
  { type, reason, note }: Happening,
  now = new Date(),
): Promise<void> {
  const { name, namespace = "", uid, resourceVersion, generation } = about.metadata;
  const identity = contentHash({ uid, generation, reason, note: type === "Normal" ? "" : note });
  const event: Content = {
    metadata: { name: `${name.slice(0, 230).replace(/[^a-z0-9]+$/, "")}.${identity}`, namespace },
    // MicroTime: six digits of a second.
    eventTime: now.toISOString().replace("Z", "000Z"),
    reportingController: "asmfilter.io/controller",
    reportingInstance: hostname().slice(0, 128),
    action: "Reconcile",
    type,
    reason,
    note,
    regarding: { apiVersion: API_VERSION, kind: KIND, name, namespace, uid, resourceVersion },
  };
  try {
    await kube.create(resources.events, event);
  } catch (error) {
    if (!(error instanceof KubeError && error.reason === "AlreadyExists")) throw error;
  }
}
