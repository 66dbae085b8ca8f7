import type { ASMFilterDeployment } from "../api/index.ts";
import {
  type Artifact,
  allowAll,
  check,
  contentHash,
  type EnvoyFilter,
  render,
  type Settings,
  type SlotContent,
  slotContent,
} from "../render/index.ts";
import { type Failure, failureOf } from "./failure.ts";

/** A deployment with the artifact that its image stands for: all that the proxies' configuration follows from. */
export interface Version {
  readonly deployment: ASMFilterDeployment;
  readonly artifact: Artifact;
}

/** As much of an EnvoyFilter as is compared. */
export interface WrittenEnvoyFilter {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Of the resource that owns it. */
  readonly owner: string | undefined;
  readonly specHash: string;
  readonly type: "HTTP" | "NETWORK";
}

/** What is known when a resource is looked at. */
export interface Situation {
  /** The resource, where it can be read at all. */
  readonly deployment?: ASMFilterDeployment | undefined;
  /** What its image stands for, where that was found. */
  readonly artifact?: Artifact | undefined;
  /** Why it was not read, or the image not found. */
  readonly failure?: Failure | undefined;
  /** The name of its slot, if the resource is switched off. */
  readonly off?: string | undefined;
  /** What ran before, as far as that is known. */
  readonly good?: Version | undefined;
  readonly envoyFilter?: WrittenEnvoyFilter | undefined;
}

/** What is to be: each part absent where nothing is to be done about it. */
export interface Plan {
  /** Why the present spec does not run. */
  readonly failure?: Failure;
  /** The kill switch is thrown. */
  readonly off: boolean;
  /** What runs: the present spec, or the last one that was good. */
  readonly runs?: Version;
  /** To be written, since there is none like it. */
  readonly envoyFilter?: EnvoyFilter;
  /** The hash of the EnvoyFilter as it is to be, written or not. */
  readonly envoyFilterHash?: string;
  /** What the proxies that ask are to be answered, once the EnvoyFilter is written. */
  readonly content?: SlotContent;
  /** What those that have a slot already are to be answered at once, whatever becomes of the EnvoyFilter. */
  readonly atOnce?: SlotContent;
}

/**
 * What follows from a situation. A spec that cannot run changes nothing: what was good goes on, drift of it is repaired.
 * The kill switch works all the same, whatever else is wrong with the spec or the registry.
 */
export function plan(situation: Situation, settings: Settings): Plan {
  const { version, failure } = present(situation, settings);
  const { off, envoyFilter } = situation;
  const base = version ?? situation.good;
  const runs = base !== undefined && off !== undefined ? switchedOff(base) : base;
  const desired = runs && render(runs.deployment, runs.artifact, settings);
  const content = contentOf(runs, situation, settings);
  const atOnce = contentAtOnce(content, situation);
  return {
    off: off !== undefined,
    ...(failure && { failure }),
    ...(runs && { runs }),
    ...(desired && differs(desired, envoyFilter) && { envoyFilter: desired }),
    ...(desired && { envoyFilterHash: contentHash(desired.spec) }),
    ...(content && { content }),
    ...(atOnce && { atOnce }),
  };
}

function contentOf(
  runs: Version | undefined,
  { off, envoyFilter }: Situation,
  { clusterDomain }: Settings,
): SlotContent | undefined {
  if (runs === undefined) return off === undefined ? undefined : allowAllIn(off, envoyFilter);
  // With other deliveries the EnvoyFilter holds the content, and nobody asks.
  if (runs.deployment.spec.delivery !== "Direct") return undefined;
  return slotContent(runs.deployment, runs.artifact, { clusterDomain });
}

/** Content for a slot of another type would be refused; it waits for the EnvoyFilter. The kill switch waits for nothing. */
function contentAtOnce(content: SlotContent | undefined, { off, envoyFilter }: Situation): SlotContent | undefined {
  if (envoyFilter === undefined) return undefined;
  if (off !== undefined) return allowAllIn(off, envoyFilter);
  const isNetwork = content?.config.typed_config["@type"].includes(".filters.network.");
  return isNetwork === (envoyFilter.type === "NETWORK") ? content : undefined;
}

/** The present spec, if it can run. */
function present(situation: Situation, settings: Settings): { version?: Version; failure?: Failure } {
  const { deployment, artifact, failure } = situation;
  if (failure !== undefined) return { failure };
  if (deployment === undefined || artifact === undefined) throw new Error("neither a failure nor an artifact");
  try {
    check(deployment, artifact);
    render(deployment, artifact, settings);
    return { version: { deployment, artifact } };
  } catch (error) {
    return { failure: failureOf("Valid", error, "Invalid") };
  }
}

function switchedOff({ deployment, artifact }: Version): Version {
  return { artifact, deployment: { ...deployment, spec: { ...deployment.spec, enabled: false } } };
}

/** The kill switch for whatever slot is there. */
function allowAllIn(name: string, envoyFilter: WrittenEnvoyFilter | undefined): SlotContent {
  return { config: { name, typed_config: allowAll(envoyFilter?.type ?? "HTTP") } };
}

function differs({ metadata, spec }: EnvoyFilter, written: WrittenEnvoyFilter | undefined): boolean {
  if (written === undefined) return true;
  const within = (wanted: Readonly<Record<string, string>>, has: Readonly<Record<string, string>>): boolean =>
    Object.entries(wanted).every(([name, value]) => has[name] === value);
  return !(
    within(metadata.labels, written.labels) &&
    within(metadata.annotations, written.annotations) &&
    metadata.ownerReferences?.[0]?.uid === written.owner &&
    contentHash(spec) === written.specHash
  );
}
