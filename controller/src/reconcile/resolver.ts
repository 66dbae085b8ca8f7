import type { ASMFilterDeployment } from "../api/index.ts";
import type { Modules } from "../modules/index.ts";
import type { Artifact } from "../render/index.ts";
import { type Failure, failureOf } from "./failure.ts";

/** What an image stands for, or why that is not known; and when to ask again, in milliseconds since 1970. */
export type Resolution = ({ readonly artifact: Artifact } | { readonly failure: Failure }) & { readonly until: number };

interface Memo {
  readonly identity: string;
  readonly resolution: Resolution;
  readonly failures: number;
}

const firstRetry = 1_000;
const longestRetry = 300_000;

/** What a module can be wrong about, when it was fetched in good order. */
const moduleCodes = new Set(["ASMF_MODULE_NOT_WASM", "ASMF_MODULE_NOT_PROXY_WASM", "ASMF_OCI_NOT_A_FILTER"]);

/**
 * Images to artifacts, each asked for no more often than it can have changed: a digest never, a tag once for each change of the
 * resource or, with `Always`, once in a while; what failed after a wait that doubles up to five minutes.
 */
export class Resolver {
  readonly #modules: Pick<Modules, "resolve">;
  readonly #always: number;
  readonly #memos = new Map<string, Memo>();

  /** `always`: milliseconds between two looks at a tag with `imagePullPolicy: Always`. */
  constructor(modules: Pick<Modules, "resolve">, always: number) {
    this.#modules = modules;
    this.#always = always;
  }

  async resolve(key: string, deployment: ASMFilterDeployment, pinned: string | undefined): Promise<Resolution> {
    const { image, imagePullOptions, imagePullPolicy } = deployment.spec.filter;
    const identity = JSON.stringify([deployment.metadata.uid, deployment.metadata.generation, image, imagePullOptions]);
    const memo = this.#memos.get(key);
    if (memo?.identity === identity && Date.now() < memo.resolution.until) return memo.resolution;
    const failures = memo?.identity === identity ? memo.failures : 0;
    try {
      const always = imagePullPolicy === "Always";
      const artifact = await this.#modules.resolve({
        namespace: deployment.metadata.namespace,
        image,
        options: imagePullOptions,
        pinned: always ? undefined : pinned,
      });
      const until = always ? Date.now() + this.#always : Number.POSITIVE_INFINITY;
      return this.#remember(key, identity, { artifact, until }, 0);
    } catch (error) {
      const { code = "" } = error as { code?: string };
      const condition = moduleCodes.has(code) ? "Valid" : "Resolved";
      const until = Date.now() + Math.min(firstRetry * 2 ** failures, longestRetry);
      return this.#remember(
        key,
        identity,
        { failure: failureOf(condition, error, "ResolveFailed"), until },
        failures + 1,
      );
    }
  }

  forget(key: string): void {
    this.#memos.delete(key);
  }

  #remember(key: string, identity: string, resolution: Resolution, failures: number): Resolution {
    this.#memos.set(key, { identity, resolution, failures });
    return resolution;
  }
}
