/** Numbers that look random and are the same for the same seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An integer from 0 to below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  /** True in so many of a hundred cases. */
  percent(share: number): boolean {
    return this.below(100) < share;
  }
}

/** A number that depends on every byte (FNV-1a). */
export function hash(...parts: readonly (string | number | Uint8Array)[]): number {
  let value = 0x811c9dc5;
  for (const part of parts) {
    const bytes = part instanceof Uint8Array ? part : new TextEncoder().encode(`${part};`);
    for (const byte of bytes) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  }
  return value;
}
