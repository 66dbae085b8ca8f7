import { Headers } from "../http/headers";

/**
 * The value of the request's cookie of this name; null if there is none. Of several the first, which is the one of
 * the longest path (RFC 6265, section 5.4). HTTP/2 may cut the cookies into several headers (RFC 9113, section
 * 8.2.3): all are looked at.
 */
export function cookie(headers: Headers, name: string): string | null {
  const lines = headers.getAll("cookie");
  for (let i = 0; i < lines.length; i++) {
    const value = cookieIn(lines[i], name);
    if (value !== null) return value;
  }
  return null;
}

/**
 * The same, in the text of one `cookie` header. The value is as it was sent, without the quotes that may surround it;
 * nothing in it is decoded, since no standard says how. Allocates the value only.
 */
export function cookieIn(header: string, name: string): string | null {
  const length = header.length;
  let start = 0;
  let equals = -1;
  while (start < length) {
    let end = header.indexOf(";", start);
    if (end < 0) end = length;
    // Looked for again only when it lies behind, so that the header is gone through once.
    if (equals < start) equals = header.indexOf("=", start);
    if (equals < 0) return null;
    if (equals < end) {
      start = afterSpace(header, start, equals);
      if (isAt(header, start, beforeSpace(header, start, equals), name)) return valueIn(header, equals + 1, end);
    }
    start = end + 1;
  }
  return null;
}

function valueIn(header: string, start: i32, end: i32): string {
  start = afterSpace(header, start, end);
  end = beforeSpace(header, start, end);
  if (end - start > 1 && header.charCodeAt(start) == 0x22 && header.charCodeAt(end - 1) == 0x22) {
    start++;
    end--;
  }
  return header.substring(start, end);
}

function isAt(text: string, start: i32, end: i32, name: string): bool {
  if (end - start != name.length) return false;
  return !memory.compare(changetype<usize>(text) + (<usize>start << 1), changetype<usize>(name), <usize>name.length << 1);
}

function isSpace(unit: i32): bool {
  return unit == 0x20 || unit == 0x09;
}

function afterSpace(text: string, start: i32, end: i32): i32 {
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  return start;
}

function beforeSpace(text: string, start: i32, end: i32): i32 {
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return end;
}
