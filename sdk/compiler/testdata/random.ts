/** Random values that a seed reproduces (mulberry32). */
export class Random {
  readonly seed: number;
  #state: number;

  /** The seed of an earlier run, from the environment variable `SEED`, or a new one, which is printed. */
  constructor(seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32))) {
    this.seed = seed;
    this.#state = seed;
    console.log(`SEED=${seed}`);
  }

  /** From 0 up to, and not, `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  /** Whether something happens that happens once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(choices: ArrayLike<T>): T {
    return choices[this.below(choices.length)]!;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  /** Up to `length` of what `make` makes, one behind the other. */
  text(length: number, make: () => string): string {
    return Array.from({ length: this.below(length + 1) }, make).join("");
  }
}
