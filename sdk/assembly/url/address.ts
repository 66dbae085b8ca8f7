/** Whether the text is an IPv4 address of four decimal numbers. */
export function isIPv4(text: string): bool {
  const parts = text.split(".");
  if (parts.length != 4) return false;
  for (let i = 0; i < 4; i++) {
    const part = parts[i];
    if (!part.length || part.length > 3 || (part.length > 1 && part.startsWith("0"))) return false;
    let value = 0;
    for (let at = 0; at < part.length; at++) {
      const digit: u32 = part.charCodeAt(at) - 0x30;
      if (digit > 9) return false;
      value = value * 10 + digit;
    }
    if (value > 255) return false;
  }
  return true;
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
  const parts = text.split(":");
  let count = parts.length;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (mayEnd && i == parts.length - 1 && part.includes(".")) return isIPv4(part) ? count + 1 : -1;
    if (!part.length || part.length > 4) return -1;
    for (let at = 0; at < part.length; at++) {
      const unit: u32 = part.charCodeAt(at);
      if (unit - 0x30 > 9 && unit - 0x61 > 5) return -1;
    }
  }
  return count;
}
