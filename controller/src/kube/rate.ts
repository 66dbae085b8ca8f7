import { setTimeout as sleep } from "node:timers/promises";

/** A token bucket: `perSecond` on average, `burst` at once. Those who wait are served in order. */
export class Rate {
  readonly #interval: number;
  readonly #burst: number;
  /** When the next one would be free if the bucket had no burst. */
  #next = 0;

  constructor(perSecond: number, burst: number) {
    this.#interval = 1000 / perSecond;
    this.#burst = burst;
  }

  /** Resolves when it is the caller's turn. */
  async wait(signal?: AbortSignal): Promise<void> {
    const now = performance.now();
    this.#next = Math.max(this.#next, now - this.#burst * this.#interval) + this.#interval;
    const ms = this.#next - now;
    if (ms > 0) await sleep(ms, undefined, { signal });
  }
}
