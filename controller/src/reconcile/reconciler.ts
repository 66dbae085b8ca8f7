import type { Logger } from "pino";
import type { DeploymentStatus, ProxyCounts } from "../api/index.ts";
import type { DiscoveryServer } from "../discovery/index.ts";
import { type Kube, resources, type Store, splitKey } from "../kube/index.ts";
import type { Modules } from "../modules/index.ts";
import { canonicalJSON, type Settings, type SlotContent } from "../render/index.ts";
import { publishable } from "./content.ts";
import { happenings, tell } from "./events.ts";
import type { LastGood } from "./last-good.ts";
import { type PodMeta, parsed, type RawDeployment, type SmallEnvoyFilter, switchedOff } from "./objects.ts";
import { type Plan, plan, type Situation } from "./plan.ts";
import { reportOf } from "./proxies.ts";
import type { Resolver } from "./resolver.ts";
import type { Revisions } from "./revisions.ts";
import { expectedPods } from "./selection.ts";
import { statusOf } from "./status.ts";
import type { EnvoyFilterWriter, Writing } from "./writer.ts";

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
  readonly lastGood: LastGood;
  readonly writer: EnvoyFilterWriter;
  readonly settings: Settings;
  /** Until then (milliseconds since 1970) proxies that ran before the start may still be on their way back. */
  readonly settledAt: number;
  readonly log: Logger;
}

/** Looks at a key again in so many milliseconds; undefined: when something changes. */
export type Again = number | undefined;

/** What is remembered of a resource between two looks. */
interface Memory {
  readonly uid: string | undefined;
  /** The status as last written, until the store has it. */
  written?: { over: string | undefined; status: DeploymentStatus };
}

/** What is known now, and when it may be otherwise. */
interface Observed {
  readonly situation: Situation;
  readonly again: Again;
}

/** A wait that is over by then is not worth a status. */
const soon = 1_000;

/**
 * Makes the mesh what one resource says: observe → plan → act → report. Planning and reporting are pure; this is the rim.
 * It is never run twice at once for one key, and waits for no registry.
 */
export class Reconciler {
  readonly #with: Surroundings;
  readonly #memories = new Map<string, Memory>();

  constructor(surroundings: Surroundings) {
    this.#with = surroundings;
  }

  async reconcile(key: string): Promise<Again> {
    const { deployments, settings, lastGood } = this.#with;
    const resource = deployments.get(key);
    if (resource === undefined) return this.#remove(key);
    const memory = this.#memory(key, resource);
    const { situation, again } = await this.#observe(key, resource, memory);
    // What was read meanwhile is newer than what was observed.
    if (!isSameSpec(deployments.get(key), resource)) return 0;
    const planned = plan(situation, settings);
    const writing = await this.#act(key, resource, planned, situation);
    if (isUnderWay(planned, writing)) return earliest(again, writing.again);
    const settling = await this.#report(key, resource, situation, planned, writing, memory);
    if (writing.error !== undefined) throw writing.error;
    // Last, since nothing that runs depends on it; what fails here is tried again.
    if (writing.done && planned.failure === undefined) await lastGood.save(key, resource);
    return earliest(again, settling, writing.again);
  }

  async #observe(key: string, resource: RawDeployment, memory: Memory): Promise<Observed> {
    const base = { envoyFilter: this.#with.envoyFilters.get(envoyFilterKey(key))?.written, off: switchedOff(resource) };
    const read = parsed(resource);
    if ("failure" in read)
      return this.#withLastGood(key, resource, { situation: { ...base, ...read }, again: undefined });
    const { deployment } = read;
    const { image, imagePullOptions: options, imagePullPolicy } = deployment.spec.filter;
    const { namespace, uid, generation } = deployment.metadata;
    const before = statusIn(resource, memory).image;
    const always = imagePullPolicy === "Always";
    const pinned = !always && before?.reference === image ? before.digest : undefined;
    const edition = `${uid} ${generation}`;
    const found = await this.#with.resolver.look(key, {
      request: { namespace, image, options, pinned },
      always,
      edition,
    });
    const observed = { situation: { ...base, deployment, ...found }, again: waitUntil(found.until) };
    return this.#withLastGood(key, resource, observed);
  }

  /** What was good is looked for only where the present spec is not. */
  async #withLastGood(key: string, resource: RawDeployment, observed: Observed): Promise<Observed> {
    const { lastGood, settings, log } = this.#with;
    if (plan(observed.situation, settings).failure === undefined) return observed;
    const { version: good, until, failure } = await lastGood.find(key, resource);
    if (failure !== undefined && !failure.pending)
      log.warn({ key, reason: failure.reason, message: failure.message }, "what was good last cannot be loaded now");
    return { situation: { ...observed.situation, good }, again: earliest(observed.again, waitUntil(until)) };
  }

  /**
   * Content first, where proxies have a slot for it: the mesh pays nothing for it, and on them it is the whole update, which must not
   * fail with the EnvoyFilter. What needs the EnvoyFilter follows it.
   */
  async #act(key: string, resource: RawDeployment, planned: Plan, { envoyFilter }: Situation): Promise<Writing> {
    if (planned.atOnce !== undefined) this.#publish(key, resource, planned, planned.atOnce);
    const writing = await this.#with.writer.write(key, planned.envoyFilter, envoyFilter);
    if (!writing.done) return writing;
    if (planned.content !== undefined) this.#publish(key, resource, planned, planned.content);
    // With another delivery nobody asks; without anything good, whoever asks waits.
    else if (planned.runs !== undefined) this.#with.server.withdraw(key);
    if (planned.failure === undefined && planned.runs !== undefined)
      this.#with.lastGood.remember(key, resource, planned.runs.artifact);
    return writing;
  }

  #publish(key: string, { metadata: { uid = "" } }: RawDeployment, { runs }: Plan, content: SlotContent): void {
    const { server, modules } = this.#with;
    const artifact = runs?.artifact;
    const read = (): Promise<Uint8Array> => {
      if (artifact === undefined) throw new Error("content without code has no module to read");
      return modules.bytes(artifact);
    };
    server.publish(key, uid, publishable(content, read));
  }

  async #report(
    key: string,
    resource: RawDeployment,
    { deployment }: Situation,
    planned: Plan,
    { problem }: Writing,
    memory: Memory,
  ): Promise<Again> {
    const { kube, server, pods, log, settledAt } = this.#with;
    const { metadata } = resource;
    const { name, namespace = "", uid = "", resourceVersion } = metadata;
    const before = statusIn(resource, memory);
    const selecting = deployment ?? planned.runs?.deployment;
    const selected = selecting === undefined ? new Set<string>() : expectedPods(selecting, pods);
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
      refused: problem,
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
    const { kube, envoyFilters, revisions } = this.#with;
    const { namespace, name } = splitKey(key);
    if ((await kube.get(resources.deployments, namespace, name)) !== undefined) return 1_000;
    const written = envoyFilters.get(envoyFilterKey(key));
    if (written?.written.owner !== undefined) await kube.delete(resources.envoyFilters, written.metadata);
    await revisions.remove(namespace, name);
    this.#forget(key);
    return undefined;
  }

  #memory(key: string, { metadata: { uid } }: RawDeployment): Memory {
    const known = this.#memories.get(key);
    if (known?.uid === uid && known !== undefined) return known;
    // Another resource of this name: what was good for the one before is nothing to it.
    if (known !== undefined) this.#forget(key);
    const memory: Memory = { uid };
    this.#memories.set(key, memory);
    return memory;
  }

  #forget(key: string): void {
    const { server, resolver, lastGood, writer } = this.#with;
    server.withdraw(key);
    for (const forgetful of [resolver, lastGood, writer]) forgetful.forget(key);
    this.#memories.delete(key);
  }
}

function isSameSpec(now: RawDeployment | undefined, then: RawDeployment): boolean {
  return now?.metadata.uid === then.metadata.uid && now?.metadata.generation === then.metadata.generation;
}

/** Whether there is nothing to report yet, as what is awaited comes within moments. A switch that is thrown is told at once. */
function isUnderWay({ failure, off }: Plan, { problem, again }: Writing): boolean {
  if (problem !== undefined) return problem.pending === true && (again ?? 0) < soon;
  return failure?.pending === true && !off;
}

function waitUntil(until: number): Again {
  return Number.isFinite(until) ? Math.max(0, until - Date.now()) : undefined;
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

function earliest(...times: Again[]): Again {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
