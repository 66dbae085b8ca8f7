/**
 * Room for work that waits for other people's servers: so much at a time, and less for each lane, so that one lane whose servers
 * hang leaves room for the others. Who waits is served in order, those apart whose lane is full.
 */
export class Lanes {
  readonly #limit: number;
  readonly #each: number;
  readonly #active = new Map<string, number>();
  readonly #waiting: { readonly lane: string; readonly start: () => void }[] = [];
  #total = 0;

  constructor(limit: number, each: number) {
    this.#limit = limit;
    this.#each = each;
  }

  async run<T>(lane: string, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((start) => {
      this.#waiting.push({ lane, start });
      this.#startNext();
    });
    try {
      return await work();
    } finally {
      this.#leave(lane);
      this.#startNext();
    }
  }

  #startNext(): void {
    while (this.#total < this.#limit) {
      const next = this.#waiting.findIndex(({ lane }) => (this.#active.get(lane) ?? 0) < this.#each);
      const [found] = next < 0 ? [] : this.#waiting.splice(next, 1);
      if (found === undefined) return;
      this.#total += 1;
      this.#active.set(found.lane, (this.#active.get(found.lane) ?? 0) + 1);
      found.start();
    }
  }

  #leave(lane: string): void {
    this.#total -= 1;
    const left = (this.#active.get(lane) ?? 1) - 1;
    if (left === 0) this.#active.delete(lane);
    else this.#active.set(lane, left);
  }
}
