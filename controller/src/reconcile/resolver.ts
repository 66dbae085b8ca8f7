import { setTimeout as sleep } from "node:timers/promises";
import type { ModuleRequest, Modules } from "../modules/index.ts";
import type { Artifact } from "../render/index.ts";
import { type Failure, failureOf } from "./failure.ts";
import { Lanes } from "./lanes.ts";

/** What an image stands for, or why that is not known; and when to ask again, in milliseconds since 1970. */
export type Resolution = ({ readonly artifact: Artifact } | { readonly failure: Failure }) & { readonly until: number };

/** What is asked for, and on whose behalf. */
export interface Wanted {
  readonly request: Omit<ModuleRequest, "signal">;
  /** Look again once in a while: a tag may move. */
  readonly always: boolean;
  /** Another text makes a failure be forgotten at once, as a new generation of the resource does. */
  readonly edition: string;
}

/** How long things take, in milliseconds. */
export interface ResolverOptions {
  /** Between two looks at a tag with `imagePullPolicy: Always`. */
  readonly always: number;
  /** An answer has come, later than {@link Resolver.look} waited for it. */
  readonly onAnswer: (key: string) => void;
  /** No registry is waited for longer. */
  readonly deadline?: number;
}

interface Memo {
  readonly identity: string;
  edition: string;
  known: Resolution | undefined;
  failures: number;
  /** How often what was found was gone later, and whether it is now. */
  losses: number;
  lost: boolean;
  underWay: UnderWay | undefined;
}

interface UnderWay {
  readonly done: Promise<void>;
  readonly stop: AbortController;
  /** Nobody waits for it any more. */
  late: boolean;
}

const firstRetry = 1_000;
const longestRetry = 300_000;
const longestPull = 30_000;
/** What is on disk is there within this time; nothing else is waited for. */
const patience = 50;
// A pull holds its module in memory. So many at a time; of one namespace; of one namespace from one registry.
const [pulls, ...pullsOfEach] = [16, 8, 3] as const;

/** What a module can be wrong about, when it was fetched in good order. */
const moduleCodes = new Set(["ASMF_MODULE_NOT_WASM", "ASMF_MODULE_NOT_PROXY_WASM", "ASMF_OCI_NOT_A_FILTER"]);

const resolving: Resolution = {
  failure: {
    condition: "Resolved",
    reason: "Resolving",
    message: "The registry was asked and has not answered yet.",
    pending: true,
  },
  until: Number.POSITIVE_INFINITY,
};

/**
 * Images to artifacts, each asked for no more often than it can have changed: a digest never, a tag once until `image` changes or,
 * with `Always`, once in a while; what failed after a wait that doubles up to five minutes.
 *
 * Registries are asked in the background: one that hangs holds nobody but who named it. {@link look} says what is known.
 */
export class Resolver {
  readonly #modules: Pick<Modules, "resolve">;
  readonly #options: ResolverOptions;
  readonly #memos = new Map<string, Memo>();
  readonly #lanes = new Lanes(pulls, pullsOfEach);

  constructor(modules: Pick<Modules, "resolve">, options: ResolverOptions) {
    this.#modules = modules;
    this.#options = options;
  }

  /** What is known, asking where that is not enough. While an answer is under way: what was known before, else that it is pending. */
  async look(key: string, wanted: Wanted): Promise<Resolution> {
    const memo = this.#memo(key, wanted);
    const settled = memo.known !== undefined && (memo.edition === wanted.edition || "artifact" in memo.known);
    if (memo.underWay === undefined && (!settled || Date.now() >= memo.known!.until)) {
      if (memo.edition !== wanted.edition) memo.failures = memo.losses = 0;
      memo.edition = wanted.edition;
      memo.underWay = this.#ask(key, wanted, memo);
      await Promise.race([memo.underWay.done, sleep(patience)]);
      const { underWay } = memo as Memo;
      if (underWay !== undefined) underWay.late = true;
    }
    if (memo.underWay === undefined) return memo.known ?? resolving;
    return { ...(memo.known ?? resolving), until: Number.POSITIVE_INFINITY };
  }

  /** What was found is no longer there: it is asked for again, after a wait that grows as that of any failure. */
  gone(key: string): void {
    const memo = this.#memos.get(key);
    if (memo?.known === undefined || memo.lost || memo.underWay !== undefined || "failure" in memo.known) return;
    memo.known = { ...memo.known, until: Date.now() + (memo.losses === 0 ? 0 : wait(memo.losses)) };
    memo.losses += 1;
    memo.lost = true;
  }

  forget(key: string): void {
    this.#memos.get(key)?.underWay?.stop.abort();
    this.#memos.delete(key);
  }

  /** Ends what is under way. */
  close(): void {
    for (const key of [...this.#memos.keys()]) this.forget(key);
  }

  /** What is asked now makes what was asked before pointless. */
  #memo(key: string, { request, always, edition }: Wanted): Memo {
    const { pinned, ...rest } = request;
    const identity = JSON.stringify([rest, always]);
    const memo = this.#memos.get(key);
    if (memo?.identity === identity) return memo;
    memo?.underWay?.stop.abort();
    const made: Memo = {
      identity,
      edition,
      known: undefined,
      failures: 0,
      losses: 0,
      lost: false,
      underWay: undefined,
    };
    this.#memos.set(key, made);
    return made;
  }

  #ask(key: string, wanted: Wanted, memo: Memo): UnderWay {
    const stop = new AbortController();
    const done = this.#answer(wanted, stop.signal, memo).then((answer) => {
      const late = memo.underWay?.late;
      memo.underWay = undefined;
      if (stop.signal.aborted) return;
      memo.known = answer;
      memo.lost = false;
      if (late) this.#options.onAnswer(key);
    });
    return { done, stop, late: false };
  }

  async #answer({ request, always }: Wanted, stop: AbortSignal, memo: Memo): Promise<Resolution> {
    const { deadline = longestPull } = this.#options;
    try {
      const artifact = await this.#lanes.run(lanesOf(request), () => this.#pull(request, stop, deadline));
      const until = always ? Date.now() + this.#options.always : Number.POSITIVE_INFINITY;
      memo.failures = 0;
      return { artifact, until };
    } catch (error) {
      const { code = "" } = error as { code?: string };
      const until = Date.now() + wait(memo.failures);
      memo.failures += 1;
      if (error instanceof DOMException && error.name === "TimeoutError")
        return { failure: tooSlow(request.image, deadline), until };
      const condition = moduleCodes.has(code) ? "Valid" : "Resolved";
      return { failure: failureOf(condition, error, "ResolveFailed"), until };
    }
  }

  /** Ends with the signal, also where what is waited for does not look at it; at the deadline it may still say what it has. */
  async #pull(request: Wanted["request"], stop: AbortSignal, deadline: number): Promise<Artifact> {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(deadline)]);
    signal.throwIfAborted();
    const end = AbortSignal.any([stop, AbortSignal.timeout(deadline + patience)]);
    const ended = new Promise<never>((_, reject) =>
      end.addEventListener("abort", () => reject(end.reason as Error), { once: true }),
    );
    return Promise.race([this.#modules.resolve({ ...request, signal }), ended]);
  }
}

function lanesOf({ namespace, image }: Wanted["request"]): string[] {
  const registry = image.replace(/^oci:\/\//, "").split("/")[0];
  return [namespace, `${namespace} ${registry}`];
}

function wait(failures: number): number {
  return Math.min(firstRetry * 2 ** failures, longestRetry);
}

function tooSlow(image: string, deadline: number): Failure {
  const message = `${image} was not there after ${deadline / 1000} seconds. Look whether the registry can be reached from the controller; it is asked again.`;
  return { condition: "Resolved", reason: "RegistryTimeout", message };
}
