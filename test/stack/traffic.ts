import { setTimeout as sleep } from "node:timers/promises";
import type { Pod, PodReply } from "./pod.ts";

/** Steady requests to a pod, one after the other, on a new connection each: what its users would have seen. */
export class Traffic {
  readonly #pod: Pod;
  readonly #pause: number;
  readonly #failures: string[] = [];
  #answered = 0;
  #running: Promise<void> | undefined;
  #ending = false;

  /** `pause` is the time between an answer and the next request, in milliseconds. */
  constructor(pod: Pod, { pause = 5 } = {}) {
    this.#pod = pod;
    this.#pause = pause;
  }

  start(): this {
    this.#running = this.#run();
    return this;
  }

  /** Ends it, and tells how many requests were answered with 200, and of the others what went wrong and when. */
  async stop(): Promise<{ answered: number; failures: readonly string[] }> {
    this.#ending = true;
    await this.#running;
    return { answered: this.#answered, failures: this.#failures };
  }

  async #run(): Promise<void> {
    while (!this.#ending) {
      const problem = await this.#pod.request().then(problemOf, (error: Error) => error.message);
      if (problem === undefined) this.#answered += 1;
      else this.#failures.push(`${new Date().toISOString()} ${problem}`);
      await sleep(this.#pause);
    }
  }
}

function problemOf({ status, body }: PodReply): string | undefined {
  return status === 200 ? undefined : `${status} ${body.slice(0, 200)}`;
}
