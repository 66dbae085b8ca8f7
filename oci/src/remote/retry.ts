import { setTimeout as sleep } from "node:timers/promises";
import { discard } from "./answer.ts";
import { isPassing } from "./network-failure.ts";
import type { Answer } from "./transport.ts";

export interface RetryOptions {
  /** How often a request is sent again at most; default 4. 0: never. */
  readonly retries?: number | undefined;
  /** Milliseconds before the first retry, doubled for each further; default 250. */
  readonly delay?: number | undefined;
}

// A registry that asks for more is told of to the user instead of waited for.
const MAX_RETRY_AFTER_MS = 60_000;

/** Answers that ask to come again: RFC 9110, sections 15.5.9 and 15.6; RFC 6585, section 4. */
function asksAgain(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

/**
 * Sends, and sends again after a failure that may pass, when `canRepeat`. The last answer or error is the caller's.
 * Waits what `Retry-After` says, else 250 ms, doubled each time, ±10 % so that many clients do not come back together.
 */
export async function retrying(
  send: () => Promise<Answer>,
  canRepeat: boolean,
  { retries = 4, delay = 250 }: RetryOptions,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  for (let attempt = 0; ; attempt += 1) {
    const isLast = !canRepeat || attempt >= retries;
    let wait = delay * 2 ** attempt * (0.9 + Math.random() * 0.2);
    try {
      const answer = await send();
      if (isLast || !asksAgain(answer.status)) return answer;
      const asked = retryAfter(answer.headers["retry-after"], Date.now());
      if (asked !== undefined && asked > MAX_RETRY_AFTER_MS) return answer;
      await discard(answer);
      wait = asked ?? wait;
    } catch (error) {
      if (isLast || !isPassing(error)) throw error;
    }
    await sleep(wait, undefined, signal === undefined ? {} : { signal });
  }
}

/** Milliseconds from now, of seconds or an HTTP date (RFC 9110, section 10.2.3); undefined when it says neither. */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^[0-9]{1,9}$/.test(header)) return Number(header) * 1000;
  // Date.parse() also reads "-1" as a year.
  const date = /^[A-Z][a-z]+,? /.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
