/** How long a key that keeps failing waits, as controller-runtime's default rate limiter: 5 ms, doubled each time, at most 1,000 s. */
export interface Backoff {
  readonly base: number;
  readonly max: number;
}

const defaultBackoff: Backoff = { base: 5, max: 1_000_000 };

/**
 * Keys that wait to be worked on, with the promises of client-go's work queue:
 * a key that is added many times before it is taken is handed out once; one that is added while it is being worked on
 * is handed out again afterwards, never twice at the same time; a key that fails waits longer each time, until it is forgotten.
 */
export class WorkQueue {
  readonly #ready: string[] = [];
  readonly #dirty = new Set<string>();
  readonly #processing = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, { due: number; timer: NodeJS.Timeout }>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  readonly #backoff: Backoff;
  #closed = false;

  constructor(backoff: Backoff = defaultBackoff) {
    this.#backoff = backoff;
  }

  /** How many keys could be taken now. */
  get depth(): number {
    return this.#ready.length;
  }

  /** How many are being worked on. */
  get active(): number {
    return this.#processing.size;
  }

  add(key: string): void {
    if (this.#closed || this.#dirty.has(key)) return;
    this.#dirty.add(key);
    if (!this.#processing.has(key)) this.#offer(key);
  }

  /** Adds the key once `ms` have passed; of several such calls the earliest counts. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    const due = Date.now() + ms;
    const waiting = this.#timers.get(key);
    if (waiting !== undefined) {
      if (waiting.due <= due) return;
      clearTimeout(waiting.timer);
    }
    // Timers hold 31 bits of milliseconds.
    const timer = setTimeout(
      () => {
        this.#timers.delete(key);
        this.add(key);
      },
      Math.min(ms, 0x7fff_ffff),
    );
    this.#timers.set(key, { due, timer });
  }

  /** Adds a key that failed, after a wait in milliseconds that grows with every failure in a row, and returns it. */
  retry(key: string): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const wait = Math.min(this.#backoff.base * 2 ** failures, this.#backoff.max);
    this.addAfter(key, wait);
    return wait;
  }

  /** The key did well: its next failure waits the shortest time again. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The next key, or undefined once the queue is closed. Each key taken must be given to {@link done}. */
  async take(): Promise<string | undefined> {
    if (this.#closed) return undefined;
    const key = this.#ready.shift();
    if (key !== undefined) return this.#start(key);
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  done(key: string): void {
    this.#processing.delete(key);
    if (this.#dirty.has(key)) this.#offer(key);
  }

  /** Hands out nothing more; what waits is dropped. */
  close(): void {
    this.#closed = true;
    for (const { timer } of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  #offer(key: string): void {
    if (this.#closed) return;
    const taker = this.#takers.shift();
    if (taker === undefined) this.#ready.push(key);
    else taker(this.#start(key));
  }

  #start(key: string): string {
    this.#dirty.delete(key);
    this.#processing.add(key);
    return key;
  }
}

/**
 * Runs `handle` for each key with `workers` at a time until the queue is closed; resolves when the last one ended.
 * A rejection is told to `failed` and the key tried again later.
 */
export async function work(
  queue: WorkQueue,
  workers: number,
  handle: (key: string) => Promise<void>,
  failed: (key: string, error: unknown, wait: number) => void,
): Promise<void> {
  const worker = async (): Promise<void> => {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      try {
        await handle(key);
        queue.forget(key);
      } catch (error) {
        failed(key, error, queue.retry(key));
      } finally {
        queue.done(key);
      }
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
}
