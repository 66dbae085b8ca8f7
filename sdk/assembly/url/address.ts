/** Whether the text is an IPv4 address of four decimal numbers. */
export function isIPv4(text: string): bool {
  let parts = 1;
  let digits = 0;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit == 0x2e && digits) {
      parts++;
      digits = 0;
      value = 0;
    } else {
      // A number that begins with 0 is one of base 8 to some.
      if (<u32>(unit - 0x30) > 9 || (digits && !value)) return false;
      value = value * 10 + unit - 0x30;
      if (value > 255) return false;
      digits++;
    }
  }
  return parts == 4 && digits > 0;
}

/** Whether the text is an IPv6 address, in lower case and without a zone (RFC 4291, section 2.2). */
export function isIPv6(text: string): bool {
  const gap = text.indexOf("::");
  if (gap < 0) return groups(text, true) == 8;
  if (text.indexOf("::", gap + 1) >= 0) return false;
  const before = text.substring(0, gap);
  const after = text.substring(gap + 2);
  const left = before.length ? groups(before, false) : 0;
  const right = after.length ? groups(after, true) : 0;
  // The gap stands for one group at least.
  return left >= 0 && right >= 0 && left + right < 8;
}

/** How many groups of 16 bits; -1 if one is none. @param mayEnd whether an IPv4 address may be the last two */
function groups(text: string, mayEnd: bool): i32 {
  let count = 1;
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const unit: u32 = text.charCodeAt(i);
    if (unit == 0x3a && digits) {
      count++;
      digits = 0;
    } else if (unit - 0x30 < 10 || unit - 0x61 < 6) {
      if (++digits > 4) return -1;
    } else {
      const isEnd = unit == 0x2e && mayEnd && isIPv4(text.substring(i - digits));
      return isEnd ? count + 1 : -1;
    }
  }
  return digits ? count : -1;
}
