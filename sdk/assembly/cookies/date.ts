const DAYS = "SunMonTueWedThuFriSat";
const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
/** The end of the year 9999. */
const LAST: i64 = 253402300799;

/** A time as HTTP writes it, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7). @param seconds since 1970; what lies outside of 1970 to 9999 counts as the nearest within */
export function httpDate(seconds: i64): string {
  seconds = min(max(seconds, 0), LAST);
  const days = <i32>(seconds / 86400);
  const second = <i32>(seconds % 86400);
  // Days since 1 March of the year 0: leap days come last in a year that begins in March.
  const shifted = days + 719468;
  const era = shifted / 146097;
  const dayOfEra = shifted % 146097;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const march = (5 * dayOfYear + 2) / 153;
  const day = dayOfYear - (153 * march + 2) / 5 + 1;
  const month = march < 10 ? march + 2 : march - 10;
  const year = yearOfEra + era * 400 + (month < 2 ? 1 : 0);
  const weekday = ((days + 4) % 7) * 3;
  const date = DAYS.substring(weekday, weekday + 3) + ", " + digits(day, 2) + " " + MONTHS.substring(month * 3, month * 3 + 3);
  const time = digits(second / 3600, 2) + ":" + digits((second / 60) % 60, 2) + ":" + digits(second % 60, 2);
  return date + " " + digits(year, 4) + " " + time + " GMT";
}

function digits(value: i32, count: i32): string {
  return value.toString().padStart(count, "0");
}
