/** A token bucket: `perSecond` on average, `burst` at once. Those who wait are served in order. */
export class Rate {
  readonly #interval: number;
  readonly #burst: number;
  /** When the bucket is full again. */
  #full = 0;

  constructor(perSecond: number, burst: number) {
    this.#interval = 1000 / perSecond;
    this.#burst = burst;
  }

  /** Takes the next turn, and says in how many milliseconds it comes; 0 is now. */
  reserve(now = performance.now()): number {
    this.#full = Math.max(this.#full, now) + this.#interval;
    return Math.max(0, this.#full - now - this.#burst * this.#interval);
  }
}
