/** Percent-encoding (RFC 3986, section 2.1). */
import { isAlphanumeric, isOneOf } from "../encoding/ascii";
import { characterLength } from "../encoding/utf8";
import { hexValue } from "../encoding/hex";
import { encode, encodedLength, decode } from "../memory/text";
import { release, reserve } from "../memory/scratch";

/** The text with `%41` and the like replaced; null if a `%` has no two digits behind it, or what comes out is not UTF-8. */
export function percentDecode(text: string): string | null {
  if (!text.includes("%")) return text;
  const at = encode(text);
  const length = encodedLength;
  const end = decodeInPlace(at, length, false);
  const decoded = end && isText(at, end) ? decode(at, end - at) : null;
  release(at);
  return decoded;
}

/** As a browser does: a `%` without two digits stays, and each byte that is not UTF-8 becomes U+FFFD. */
export function percentDecodeLenient(text: string, plusIsSpace: bool = false): string {
  if (!text.includes("%") && !(plusIsSpace && text.includes("+"))) return text;
  const at = encode(text);
  const end = at + encodedLength;
  if (plusIsSpace) for (let byte = at; byte < end; byte++) if (load<u8>(byte) == 0x2b) store<u8>(byte, 0x20);
  const decoded = decode(at, decodeInPlace(at, end - at, true) - at);
  release(at);
  return decoded;
}

/** The text with all but letters, digits and `-_.!~*'()` percent-encoded, as `encodeURIComponent` does. A lone surrogate counts as U+FFFD. */
export function percentEncode(text: string): string {
  return percentEncodeWith(text, "-_.!~*'()", false);
}

/** @param kept the characters beside letters and digits that stay */
export function percentEncodeWith(text: string, kept: string, spaceIsPlus: bool): string {
  const from = encode(text);
  const length = encodedLength;
  const room = reserve(length * 3);
  let to = room;
  for (let at = from; at < from + length; at++) {
    const byte: u32 = load<u8>(at);
    if (isAlphanumeric(byte) || isOneOf(byte, kept)) {
      store<u8>(to++, byte);
    } else if (spaceIsPlus && byte == 0x20) {
      store<u8>(to++, 0x2b);
    } else {
      store<u8>(to, 0x25);
      store<u8>(to, upperDigit(byte >> 4), 1);
      store<u8>(to, upperDigit(byte & 15), 2);
      to += 3;
    }
  }
  const encoded = decode(room, to - room);
  release(room);
  release(from);
  return encoded;
}

function upperDigit(value: u32): u32 {
  return value < 10 ? value + 0x30 : value + 0x37;
}

/** Returns where the decoded bytes end; 0 if an escape is none and that is not allowed. */
function decodeInPlace(at: usize, length: usize, isLenient: bool): usize {
  let to = at;
  for (const end = at + length; at < end; at++) {
    let byte: u32 = load<u8>(at);
    if (byte == 0x25) {
      const value = at + 2 < end ? (hexValue(load<u8>(at, 1)) << 4) | hexValue(load<u8>(at, 2)) : -1;
      if (value >= 0) {
        byte = value;
        at += 2;
      } else if (!isLenient) {
        return 0;
      }
    }
    store<u8>(to++, byte);
  }
  return to;
}

function isText(at: usize, end: usize): bool {
  while (at < end) {
    const length = characterLength(at, end);
    if (!length) return false;
    at += length;
  }
  return true;
}
