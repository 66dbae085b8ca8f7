import { type Content, type Kube, KubeError, type Rate, resources } from "../kube/index.ts";
import { type EnvoyFilter, MANAGED_BY } from "../render/index.ts";
import { type Failure, failureOf } from "./failure.ts";
import type { WrittenEnvoyFilter } from "./plan.ts";

/** What became of an EnvoyFilter that was to be written. */
export interface Writing {
  /** It is as it should be. */
  readonly done: boolean;
  /** Why it is not. */
  readonly problem?: Failure;
  /** When to try again, in milliseconds. */
  readonly again?: number;
  /** What another try may mend by itself; the sooner the better. */
  readonly error?: unknown;
}

const retryRefused = 30_000;
const done: Writing = { done: true };

/**
 * Writes EnvoyFilters: no more often than a rate allows, since istiod pushes each to the whole namespace and more, and never over
 * one that is somebody else's.
 */
export class EnvoyFilterWriter {
  readonly #kube: Pick<Kube, "apply" | "list">;
  readonly #rate: Rate;
  /** When those that wait may be written. */
  readonly #turns = new Map<string, number>();

  constructor(kube: Pick<Kube, "apply" | "list">, rate: Rate) {
    this.#kube = kube;
    this.#rate = rate;
  }

  /** `known`: the one that is there, as far as the store says. With nothing to write a turn that was waited for is given up. */
  async write(
    key: string,
    envoyFilter: EnvoyFilter | undefined,
    known: WrittenEnvoyFilter | undefined,
  ): Promise<Writing> {
    const wait = envoyFilter === undefined ? 0 : this.#untilTurn(key);
    if (wait > 0) return { done: false, problem: waiting, again: wait };
    this.#turns.delete(key);
    if (envoyFilter === undefined) return done;
    try {
      if (known === undefined && (await this.#isOthers(envoyFilter))) return taken(envoyFilter);
      await this.#kube.apply(resources.envoyFilters, envoyFilter);
      return done;
    } catch (error) {
      if (error instanceof KubeError && [400, 403, 404, 422].includes(error.status))
        return { done: false, problem: failureOf("Programmed", error, "EnvoyFilterRefused"), again: retryRefused };
      return { done: false, problem: failureOf("Programmed", error, "EnvoyFilterNotWritten"), error };
    }
  }

  forget(key: string): void {
    this.#turns.delete(key);
  }

  #untilTurn(key: string): number {
    const now = performance.now();
    const turn = this.#turns.get(key) ?? now + this.#rate.reserve(now);
    this.#turns.set(key, turn);
    return Math.max(0, turn - now);
  }

  /** The store has those with our label alone, so the API server is asked. */
  async #isOthers({ metadata: { name, namespace, ownerReferences } }: EnvoyFilter): Promise<boolean> {
    const query = { fieldSelector: `metadata.name=${name}` };
    const [found] = await this.#kube.list<Content>(resources.envoyFilters, namespace, query);
    if (found === undefined) return false;
    const [ours] = ownerReferences ?? [];
    const owners = found.metadata.ownerReferences ?? [];
    if (owners.some(({ kind, name }) => kind === ours?.kind && name === ours.name)) return false;
    // `asmfilter render` gives ours a label and no owner.
    return owners.length > 0 || found.metadata.labels?.["app.kubernetes.io/managed-by"] !== MANAGED_BY;
  }
}

const waiting: Failure = {
  condition: "Programmed",
  reason: "WaitingForTurn",
  message: "The EnvoyFilter waits for its turn: many are written at the moment, and each is pushed to many proxies.",
  pending: true,
};

function taken({ metadata: { name } }: EnvoyFilter): Writing {
  const message = `The EnvoyFilter ${name} is there already and not ours: it was left alone. Rename or delete it, or give this resource another name.`;
  return { done: false, problem: { condition: "Programmed", reason: "NameTaken", message }, again: retryRefused };
}
