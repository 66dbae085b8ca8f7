import type { Logger } from "pino";
import { API_VERSION, type DeploymentStatus, KIND, type ProxyCounts } from "../api/index.ts";
import type { DiscoveryServer } from "../discovery/index.ts";
import {
  type Kube,
  KubeError,
  type OwnerReference,
  type Rate,
  resources,
  type Store,
  splitKey,
} from "../kube/index.ts";
import type { Modules } from "../modules/index.ts";
import { type Artifact, canonicalJSON, type EnvoyFilter, type Settings } from "../render/index.ts";
import { publishable } from "./content.ts";
import { happenings, tell } from "./events.ts";
import { type Failure, failureOf } from "./failure.ts";
import { type PodMeta, parsed, type RawDeployment, type SmallEnvoyFilter } from "./objects.ts";
import { type Plan, plan, type Situation, type Version } from "./plan.ts";
import { reportOf } from "./proxies.ts";
import type { Resolver } from "./resolver.ts";
import type { Revisions } from "./revisions.ts";
import { selectedPods } from "./selection.ts";
import { statusOf } from "./status.ts";

/** What reconciling works with. */
export interface Surroundings {
  readonly kube: Kube;
  readonly deployments: Store<RawDeployment>;
  readonly envoyFilters: Store<SmallEnvoyFilter>;
  readonly pods: Store<PodMeta>;
  readonly server: DiscoveryServer;
  readonly modules: Modules;
  readonly resolver: Resolver;
  readonly revisions: Revisions;
  readonly settings: Settings;
  /** Bounds how often EnvoyFilters are written: each write is pushed to the whole namespace, and more. */
  readonly writes: Rate;
  /** Until then (milliseconds since 1970) proxies that ran before the start may still be on their way back. */
  readonly settledAt: number;
  readonly log: Logger;
}

/** Looks at a key again in so many milliseconds; undefined: when something changes. */
export type Again = number | undefined;

/** What is remembered of a resource between two looks. All of it can be found again. */
interface Memory {
  readonly uid: string | undefined;
  good?: { spec: unknown; artifact: Artifact };
  /** When an EnvoyFilter that waits for its turn may be written. */
  turn?: number;
  /** The status as last written, until the store has it. */
  written?: { over: string | undefined; status: DeploymentStatus };
}

const retryRefused = 30_000;

/**
 * Makes the mesh what one resource says: observe → plan → act → report. Planning and reporting are pure; this is the rim.
 * It is never run twice at once for one key.
 */
export class Reconciler {
  readonly #with: Surroundings;
  readonly #memories = new Map<string, Memory>();

  constructor(surroundings: Surroundings) {
    this.#with = surroundings;
  }

  async reconcile(key: string): Promise<Again> {
    const resource = this.#with.deployments.get(key);
    if (resource === undefined) return this.#remove(key);
    const memory = this.#memory(key, resource);
    const { situation, again } = await this.#observe(key, resource, memory);
    const planned = await this.#plan(key, resource, situation, memory);
    if (planned.envoyFilter !== undefined) {
      const wait = this.#waitForTurn(memory);
      if (wait > 0) {
        // Content costs the mesh nothing: only the EnvoyFilter waits. On proxies that have the slot already this is the whole update.
        if (situation.envoyFilter !== undefined) this.#publish(key, resource, planned);
        return wait;
      }
    }
    const refused = await this.#write(planned.envoyFilter);
    if (refused === undefined) await this.#settle(key, resource, planned, memory);
    const settling = await this.#report(key, resource, situation, planned, refused, memory);
    return earliest(again, settling, refused === undefined ? undefined : retryRefused);
  }

  async #observe(
    key: string,
    resource: RawDeployment,
    memory: Memory,
  ): Promise<{ situation: Situation; again: Again }> {
    const envoyFilter = this.#with.envoyFilters.get(envoyFilterKey(key))?.written;
    const read = parsed(resource);
    if ("failure" in read) return { situation: { ...read, envoyFilter }, again: undefined };
    const { deployment } = read;
    const { image } = statusIn(resource, memory);
    const pinned = image?.reference === deployment.spec.filter.image ? image.digest : undefined;
    const resolution = await this.#with.resolver.resolve(key, deployment, pinned);
    const again = Number.isFinite(resolution.until) ? Math.max(0, resolution.until - Date.now()) : undefined;
    return { situation: { deployment, ...resolution, envoyFilter }, again };
  }

  /** What was good is looked for only where the present spec is not. */
  async #plan(key: string, resource: RawDeployment, situation: Situation, memory: Memory): Promise<Plan> {
    const planned = plan(situation, this.#with.settings);
    if (planned.failure === undefined) return planned;
    const good = await this.#good(key, resource, memory);
    return good === undefined ? planned : plan({ ...situation, good }, this.#with.settings);
  }

  /** What was good last: from memory, or after a start from the revisions. */
  async #good(key: string, resource: RawDeployment, memory: Memory): Promise<Version | undefined> {
    const { namespace = "", name, uid = "" } = resource.metadata;
    if (memory.good === undefined) {
      const revision = await this.#with.revisions.latest(namespace, name, uid);
      if (revision === undefined) return undefined;
      const earlier = parsed({ ...resource, spec: revision.spec });
      if ("failure" in earlier) return undefined;
      const { image, imagePullOptions } = earlier.deployment.spec.filter;
      try {
        const request = { namespace, image, options: imagePullOptions, pinned: revision.digest };
        memory.good = { spec: revision.spec, artifact: await this.#with.modules.resolve(request) };
      } catch (error) {
        this.#with.log.warn({ key, error: String(error) }, "what was good last cannot be loaded now");
        return undefined;
      }
    }
    const { spec, artifact } = memory.good;
    const version = parsed({ ...resource, spec });
    return "failure" in version ? undefined : { deployment: version.deployment, artifact };
  }

  /** Writes the EnvoyFilter; a refusal that another try does not mend by itself is an answer, anything else is thrown. */
  async #write(envoyFilter: EnvoyFilter | undefined): Promise<Failure | undefined> {
    if (envoyFilter === undefined) return undefined;
    try {
      await this.#with.kube.apply(resources.envoyFilters, envoyFilter);
      return undefined;
    } catch (error) {
      if (!(error instanceof KubeError) || ![400, 403, 404, 422].includes(error.status)) throw error;
      return failureOf("Programmed", error, "EnvoyFilterRefused");
    }
  }

  /** Serves what the plan says, and remembers it as good if it is the present spec. */
  async #settle(key: string, resource: RawDeployment, planned: Plan, memory: Memory): Promise<void> {
    this.#publish(key, resource, planned);
    const { runs, failure } = planned;
    if (runs === undefined || failure !== undefined) return;
    memory.good = { spec: resource.spec, artifact: runs.artifact };
    const revision = { spec: resource.spec, digest: runs.artifact.digest };
    await this.#with.revisions.save(ownerOf(resource), resource.metadata.namespace ?? "", revision);
  }

  #publish(key: string, { metadata: { uid = "" } }: RawDeployment, { content, runs }: Plan): void {
    const { server, modules } = this.#with;
    if (content === undefined) {
      // With another delivery nobody asks; without anything good, whoever asks waits.
      if (runs !== undefined) server.withdraw(key);
      return;
    }
    const artifact = runs?.artifact;
    server.publish(
      key,
      uid,
      publishable(content, () => {
        if (artifact === undefined) throw new Error("content without code has no module to read");
        return modules.bytes(artifact);
      }),
    );
  }

  async #report(
    key: string,
    resource: RawDeployment,
    { deployment }: Situation,
    planned: Plan,
    refused: Failure | undefined,
    memory: Memory,
  ): Promise<Again> {
    const { kube, server, pods, log, settledAt } = this.#with;
    const { metadata } = resource;
    const { name, namespace = "", uid = "", resourceVersion } = metadata;
    const before = statusIn(resource, memory);
    const selecting = deployment ?? planned.runs?.deployment;
    const selected = selecting === undefined ? new Set<string>() : selectedPods(selecting, pods);
    const report = reportOf(server.evidence(key, uid), selected, server.version(key));
    const fewer =
      answered(report.counts) < answered(before.proxies) && before.observedGeneration === metadata.generation;
    const settling = settledAt - Date.now();
    if (fewer && settling > 0) return settling;
    const after = statusOf({
      generation: metadata.generation,
      before,
      deployment,
      plan: planned,
      refused,
      report,
      now: `${new Date().toISOString().slice(0, 19)}Z`,
    });
    if (canonicalJSON(after) === canonicalJSON(before)) return undefined;
    await kube.apply(
      resources.deployments,
      { metadata: { name, namespace, uid }, status: after } as RawDeployment,
      "status",
    );
    memory.written = { over: resourceVersion, status: after };
    for (const happening of happenings(before, after)) {
      log.info({ key, reason: happening.reason }, happening.note);
      tell(kube, resource, happening).catch((error: unknown) =>
        log.debug({ key, error: String(error) }, "no event was written"),
      );
    }
    return undefined;
  }

  /**
   * Takes away what belonged to a resource that is gone. Garbage collection does so by the owner reference, later or, where it does not
   * run, never. That the resource is gone is asked of the API server itself: a store may be behind, and an EnvoyFilter too many is
   * better than one too few.
   */
  async #remove(key: string): Promise<Again> {
    const { kube, envoyFilters, revisions, server, resolver } = this.#with;
    const { namespace, name } = splitKey(key);
    if ((await kube.get(resources.deployments, namespace, name)) !== undefined) return 1_000;
    const written = envoyFilters.get(envoyFilterKey(key));
    if (written?.written.owner !== undefined) await kube.delete(resources.envoyFilters, written.metadata);
    await revisions.remove(namespace, name);
    server.withdraw(key);
    resolver.forget(key);
    this.#memories.delete(key);
    return undefined;
  }

  #waitForTurn(memory: Memory): number {
    const now = performance.now();
    memory.turn ??= now + this.#with.writes.reserve(now);
    const wait = memory.turn - now;
    if (wait <= 0) delete memory.turn;
    return Math.max(0, wait);
  }

  #memory(key: string, { metadata: { uid } }: RawDeployment): Memory {
    const known = this.#memories.get(key);
    if (known?.uid === uid && known !== undefined) return known;
    // Another resource of this name: what was good for the one before is nothing to it.
    if (known !== undefined) this.#with.server.withdraw(key);
    const memory: Memory = { uid };
    this.#memories.set(key, memory);
    return memory;
  }
}

function statusIn(resource: RawDeployment, memory: Memory): DeploymentStatus {
  const { written } = memory;
  if (written !== undefined && written.over === resource.metadata.resourceVersion) return written.status;
  delete memory.written;
  return (resource.status ?? {}) as DeploymentStatus;
}

function answered({ running, failing }: Pick<ProxyCounts, "running" | "failing"> = { running: 0, failing: 0 }): number {
  return running + failing;
}

function envoyFilterKey(key: string): string {
  const { namespace, name } = splitKey(key);
  return `${namespace}/asmf-${name}`;
}

function ownerOf({ metadata }: RawDeployment): OwnerReference {
  return { apiVersion: API_VERSION, kind: KIND, name: metadata.name, uid: metadata.uid ?? "", controller: true };
}

function earliest(...times: Again[]): Again {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
