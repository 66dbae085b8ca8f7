/**
 * Lets work begin while less than `limit` bytes are under way, and always one: a large module goes to some proxies at a time instead of
 * standing in memory once for each of them. First come, first served.
 */
export class Pace {
  readonly #limit: number;
  readonly #waiting: { readonly bytes: number; readonly begin: () => void }[] = [];
  #underWay = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Runs `work`, which resolves when its bytes are no longer held, once there is room. */
  async run(bytes: number, work: () => Promise<void>): Promise<void> {
    if (!this.#fits(bytes)) await new Promise<void>((begin) => this.#waiting.push({ bytes, begin }));
    else this.#underWay += bytes;
    try {
      await work();
    } finally {
      this.#underWay -= bytes;
      this.#admit();
    }
  }

  #fits(bytes: number): boolean {
    return this.#underWay === 0 || (this.#waiting.length === 0 && this.#underWay + bytes <= this.#limit);
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#underWay > 0 && this.#underWay + next.bytes > this.#limit) return;
      this.#waiting.shift();
      // Counted here, not when it runs: others may ask in between.
      this.#underWay += next.bytes;
      next.begin();
    }
  }
}
