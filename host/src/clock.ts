/** Time, passed in so that a test can hold it still. */
export interface Clock {
  /** Milliseconds since 1970, with fractions. */
  now(): number;
  /** Calls back once after at least `ms` milliseconds, never before this function has returned. The result cancels it. */
  after(ms: number, callback: () => void): () => void;
}
