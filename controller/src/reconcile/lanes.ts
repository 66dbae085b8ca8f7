/**
 * Room for work that waits for other people's servers: so much at a time, less for each lane, and still less for each lane within
 * a lane, so that servers that hang leave room for others. Who waits is served in order, those apart whose lane is full.
 */
export class Lanes {
  readonly #limit: number;
  readonly #each: readonly number[];
  readonly #active = new Map<string, number>();
  readonly #waiting: { readonly lanes: readonly string[]; readonly start: () => void }[] = [];
  #total = 0;

  /** `limit` for all; `each` for a lane, one within it, and so on. */
  constructor(limit: number, each: readonly number[]) {
    this.#limit = limit;
    this.#each = each;
  }

  /** Does the work when there is room: in the first of `lanes`, in the second, which is within it, and so on. */
  async run<T>(lanes: readonly string[], work: () => Promise<T>): Promise<T> {
    await new Promise<void>((start) => {
      this.#waiting.push({ lanes, start });
      this.#startNext();
    });
    try {
      return await work();
    } finally {
      this.#total -= 1;
      for (const lane of lanes) this.#count(lane, -1);
      this.#startNext();
    }
  }

  #startNext(): void {
    while (this.#total < this.#limit) {
      const next = this.#waiting.findIndex(({ lanes }) => this.#haveRoom(lanes));
      const [found] = next < 0 ? [] : this.#waiting.splice(next, 1);
      if (found === undefined) return;
      this.#total += 1;
      for (const lane of found.lanes) this.#count(lane, 1);
      found.start();
    }
  }

  #haveRoom(lanes: readonly string[]): boolean {
    return lanes.every((lane, depth) => (this.#active.get(lane) ?? 0) < (this.#each[depth] ?? this.#limit));
  }

  #count(lane: string, change: 1 | -1): void {
    const active = (this.#active.get(lane) ?? 0) + change;
    if (active === 0) this.#active.delete(lane);
    else this.#active.set(lane, active);
  }
}
