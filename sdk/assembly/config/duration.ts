/** Durations: `1m30s` in the configuration, milliseconds in the filter. */
import { utf8 } from "../memory/text";
import { readText, textAt, textLength } from "./cursor";
import { fail } from "./failure";

/**
 * Milliseconds, read from a text of hours, minutes, seconds and milliseconds in this order: `5s`, `1m30s`, `250ms`.
 * Below 900 hours, 10,000 minutes, 100,000 seconds and 10^8 milliseconds. As a default write a product:
 *
 *     timeout: Duration = 5 * SECOND;
 */
export type Duration = u32;

/** Milliseconds in a second, for a {@link Duration}. */
export const SECOND: Duration = 1000;
/** Milliseconds in a minute, for a {@link Duration}. */
export const MINUTE: Duration = 60000;
/** Milliseconds in an hour, for a {@link Duration}. */
export const HOUR: Duration = 3600000;

/** Reads a duration. The compiler's `DURATION_PATTERN` says the same to readers of the schema. */
export function readDuration(): Duration {
  let sum: Duration = 0;
  const text = readText();
  let at = textAt;
  const end = at + textLength;
  let ok = text && textLength > 1;
  // How many digits the next unit may have at most; units come in the order of this number.
  let rank: u32 = 2;
  while (ok && at < end) {
    let count: u32 = 0;
    let digits: u32 = 0;
    for (; at < end; at++) {
      const digit: u32 = <u32>load<u8>(at) - 0x30;
      if (digit > 9) break;
      if (digits++ < 8) count = count * 10 + digit;
    }
    const unit: u32 = at < end ? load<u8>(at++) : 0;
    let most: u32 = 0;
    let size: u32 = 1;
    if (unit == 0x68) {
      most = count < 900 ? 3 : 0;
      size = HOUR;
    } else if (unit == 0x73) {
      most = 5;
      size = SECOND;
    } else if (unit == 0x6d) {
      if (at < end && load<u8>(at) == 0x73) {
        at++;
        most = 8;
      } else {
        most = 4;
        size = MINUTE;
      }
    }
    ok = digits > 0 && digits <= most && most > rank;
    rank = most;
    sum += count * size;
  }
  if (!ok) fail(utf8("expected a duration, such as 1m30s or 250ms"));
  return sum;
}
