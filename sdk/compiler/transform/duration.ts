/**
 * Durations in configuration: hours, minutes, seconds and milliseconds, in this order, each at most once: `1m30s`. The
 * digits are limited so that all of them together stay below 2^32 milliseconds.
 */
export const DURATION_PATTERN = "^([0-8]?[0-9]{1,2}h)?([0-9]{1,4}m)?([0-9]{1,5}s)?([0-9]{1,8}ms)?$";
/** The shortest, `0s`; the pattern alone would admit the empty text. */
export const DURATION_LENGTH = 2;

const UNITS: readonly [unit: string, milliseconds: number][] = [
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
];

/** Milliseconds of a duration's text; undefined where it is none. */
export function parseDuration(text: string): number | undefined {
  const parts = text.length < DURATION_LENGTH ? null : new RegExp(DURATION_PATTERN).exec(text);
  return parts
    ?.slice(1)
    .reduce((sum, part, i) => sum + (part ? Number.parseInt(part, 10) * (UNITS[i]?.[1] ?? 0) : 0), 0);
}

/** The shortest text of so many milliseconds. */
export function durationText(milliseconds: number): string {
  let left = milliseconds;
  const parts = UNITS.map(([unit, size]) => {
    const count = Math.floor(left / size);
    left -= count * size;
    return count > 0 ? `${count}${unit}` : "";
  });
  return parts.join("") || "0s";
}
