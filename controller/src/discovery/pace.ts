interface Waiting {
  readonly bytes: number;
  readonly begin: () => void;
}

/** What switches a filter off, or has no module in it: it costs less than waiting for it. */
const small = 16 * 1024;

/**
 * Lets work begin while less than `limit` bytes are under way: a large module goes to some proxies at a time instead of standing in
 * memory once for each of them.
 *
 * Proxies that do not read hold what they were given. So that they hold up no others, a namespace has half of the limit at most and
 * a resource a quarter, a namespace for which nothing is under way never waits, nor does what is small, and resources take turns.
 */
export class Pace {
  readonly #limit: number;
  /** By resource, in the order of their turns. */
  readonly #waiting = new Map<string, Waiting[]>();
  /** Bytes under way, by resource and by namespace. */
  readonly #held = new Map<string, number>();
  #underWay = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Runs `work` for the resource `key` (`namespace/name`), which resolves when its bytes are no longer held, once there is room. */
  async run(key: string, bytes: number, work: () => Promise<void>): Promise<void> {
    if (bytes <= small) return work();
    if (this.#waiting.has(key) || !this.#fits(key, bytes)) await this.#turn(key, bytes);
    else this.#hold(key, bytes);
    try {
      await work();
    } finally {
      this.#hold(key, -bytes);
      this.#admit();
    }
  }

  #turn(key: string, bytes: number): Promise<void> {
    return new Promise((begin) => {
      const queue = this.#waiting.get(key) ?? [];
      this.#waiting.set(key, queue);
      queue.push({ bytes, begin });
    });
  }

  #fits(key: string, bytes: number): boolean {
    const ofNamespace = this.#held.get(namespaceOf(key)) ?? 0;
    if (ofNamespace === 0) return true;
    const ofKey = this.#held.get(key) ?? 0;
    return (
      this.#underWay + bytes <= this.#limit &&
      ofNamespace + bytes <= this.#limit / 2 &&
      (ofKey === 0 || ofKey + bytes <= this.#limit / 4)
    );
  }

  #hold(key: string, bytes: number): void {
    this.#underWay += bytes;
    for (const holder of [key, namespaceOf(key)]) {
      const held = (this.#held.get(holder) ?? 0) + bytes;
      if (held === 0) this.#held.delete(holder);
      else this.#held.set(holder, held);
    }
  }

  #admit(): void {
    for (let begun = true; begun; ) {
      begun = false;
      for (const [key, queue] of [...this.#waiting]) {
        const next = queue[0];
        if (next === undefined || !this.#fits(key, next.bytes)) continue;
        queue.shift();
        // Its next turn comes after everybody else's.
        this.#waiting.delete(key);
        if (queue.length > 0) this.#waiting.set(key, queue);
        // Counted here, not when it runs: others may ask in between.
        this.#hold(key, next.bytes);
        next.begin();
        begun = true;
      }
    }
  }
}

function namespaceOf(key: string): string {
  return key.slice(0, key.indexOf("/"));
}
