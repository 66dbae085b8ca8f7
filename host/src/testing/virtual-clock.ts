import type { Clock } from "../clock.ts";

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/** Time that stands still until a test moves it. What is due at once runs as soon as the running code lets go. */
export class VirtualClock implements Clock {
  #now: number;
  readonly #timers: Timer[] = [];

  constructor(start: number) {
    this.#now = start;
  }

  /** Whether anything waits for time to pass. */
  get isWaiting(): boolean {
    return this.#timers.length > 0;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { due: this.#now + ms, callback };
    const later = this.#timers.findIndex(({ due }) => due > timer.due);
    this.#timers.splice(later < 0 ? this.#timers.length : later, 0, timer);
    if (ms <= 0) queueMicrotask(() => this.#runDue(this.#now));
    return () => {
      const at = this.#timers.indexOf(timer);
      if (at >= 0) this.#timers.splice(at, 1);
    };
  }

  /** Lets time pass, and runs what falls due on the way, each at its own moment. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    // What was answered meanwhile may set timers of its own.
    await settled();
    while (this.#timers[0] && this.#timers[0].due <= end) {
      this.#runDue(this.#timers[0].due);
      await settled();
    }
    this.#now = end;
  }

  #runDue(time: number): void {
    this.#now = Math.max(this.#now, time);
    while (this.#timers[0] && this.#timers[0].due <= this.#now) this.#timers.shift()!.callback();
  }
}

/** Lets all promises that are resolved already run their course. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
