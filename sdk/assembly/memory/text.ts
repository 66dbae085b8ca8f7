/** Strings are UTF-16 in the language and UTF-8 in the ABI. */
import { HANDLES_BODIES } from "./mode";
import { release, reserve, resultAddress, resultLength, shorten } from "./scratch";

/** Bytes of the string encoded last. */
export let encodedLength: usize = 0;

/** Reserves scratch for `text` as UTF-8; the caller releases it. The length is in {@link encodedLength}. */
export function encode(text: string): usize {
  const from = changetype<usize>(text);
  const to = from + (text.length << 1);
  let room: usize = text.length * 3;
  if (HANDLES_BODIES && room > LONG) room = measure(from, to);
  const at = reserve(room);
  const end = encodeAt(from, to, at);
  shorten(at, end);
  encodedLength = end - at;
  return at;
}

/** From here on, room to spare costs more than finding out how much is needed. */
const LONG: usize = 8 << 10;

/** Bytes that {@link encodeAt} will write. */
function measure(from: usize, end: usize): usize {
  let length: usize = 0;
  for (; from < end; from += 2) {
    const unit: u32 = load<u16>(from);
    length += unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
    // A pair is four bytes, not six.
    if ((unit & 0xfc00) == 0xd800 && from + 2 < end && (load<u16>(from, 2) & 0xfc00) == 0xdc00) {
      length++;
      from += 2;
    }
  }
  return length;
}

/**
 * Writes the UTF-16 units between `from` and `end` as UTF-8 at `to`, three bytes a unit at most, and returns where
 * the text ends. A lone surrogate becomes U+FFFD.
 */
export function encodeAt(from: usize, end: usize, to: usize): usize {
  while (from < end) {
    let code: u32 = load<u16>(from);
    from += 2;
    if (code < 0x80) {
      store<u8>(to++, code);
      continue;
    }
    if (code < 0x800) {
      store<u8>(to++, 0xc0 | (code >> 6));
    } else {
      if ((code & 0xf800) == 0xd800) {
        const low: u32 = code < 0xdc00 && from < end ? load<u16>(from) : 0;
        if ((low & 0xfc00) == 0xdc00) {
          from += 2;
          code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
          store<u8>(to++, 0xf0 | (code >> 18));
          store<u8>(to++, 0x80 | ((code >> 12) & 0x3f));
        } else {
          code = 0xfffd;
        }
      }
      if (code < 0x10000) store<u8>(to++, 0xe0 | (code >> 12));
      store<u8>(to++, 0x80 | ((code >> 6) & 0x3f));
    }
    store<u8>(to++, 0x80 | (code & 0x3f));
  }
  return to;
}

/** Reads `length` bytes of UTF-8. Each byte that does not belong to a character becomes U+FFFD. */
export function decode(from: usize, length: usize): string {
  const end = from + length;
  let text = __new(length << 1, idof<String>());
  let to = text;
  while (from < end) {
    let code: u32 = load<u8>(from++);
    if (code > 0x7f) {
      const more: u32 = code < 0xc2 ? 0 : code < 0xe0 ? 1 : code < 0xf0 ? 2 : code < 0xf5 ? 3 : 0;
      code = more && from + more <= end ? tail(from, code & (0x3f >> more), more) : 0;
      if (code) from += more;
      else code = 0xfffd;
      if (code > 0xffff) {
        store<u16>(to, 0xd7c0 + (code >> 10));
        to += 2;
        code = 0xdc00 | (code & 0x3ff);
      }
    }
    store<u16>(to, code);
    to += 2;
  }
  return changetype<string>(__renew(text, to - text));
}

/** The code point whose first byte gave `code` and that has `more` bytes at `from`; 0 if they are not its tail. */
function tail(from: usize, code: u32, more: u32): u32 {
  for (let i: u32 = 0; i < more; i++) {
    const byte: u32 = load<u8>(from + i);
    if ((byte & 0xc0) != 0x80) return 0;
    code = (code << 6) | (byte & 0x3f);
  }
  // Overlong forms, surrogates and what lies beyond Unicode are not characters (RFC 3629, section 3).
  const least: u32 = more == 3 ? 0x10000 : more == 2 ? 0x800 : 0x80;
  return code < least || code > 0x10ffff || (code & 0xfffff800) == 0xd800 ? 0 : code;
}

/** Takes the text that the host answered with. */
export function takeText(): string {
  const at = resultAddress();
  const text = decode(at, resultLength());
  release(at);
  return text;
}

/** Takes the bytes that the host answered with. */
export function takeBytes(): Uint8Array {
  const at = resultAddress();
  const length = resultLength();
  const bytes = new Uint8Array(<i32>length);
  memory.copy(bytes.dataStart, at, length);
  release(at);
  return bytes;
}

/**
 * UTF-8 in static memory: two bytes of length, then the text. The compiler turns the call into the address of it;
 * the argument must be a literal.
 */
export declare function utf8(literal: string): usize;

@inline
export function literalLength(literal: usize): usize {
  return load<u16>(literal);
}

@inline
export function literalBytes(literal: usize): usize {
  return literal + 2;
}
