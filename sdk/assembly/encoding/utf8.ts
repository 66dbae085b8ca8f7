import { decode, encode, encodedLength } from "../memory/text";
import { release } from "../memory/scratch";

/** The text as UTF-8. A lone surrogate becomes U+FFFD. */
export function utf8Bytes(text: string): Uint8Array {
  const at = encode(text);
  const length = encodedLength;
  const bytes = new Uint8Array(<i32>length);
  memory.copy(bytes.dataStart, at, length);
  release(at);
  return bytes;
}

/** The bytes as UTF-8. Each byte that does not belong to a character becomes U+FFFD: ask {@link isUtf8} where that matters. */
export function utf8Text(bytes: Uint8Array): string {
  return decode(bytes.dataStart, bytes.length);
}

/** Whether the bytes are UTF-8 without a fault (RFC 3629): no overlong forms, no surrogates, nothing cut off. */
export function isUtf8(bytes: Uint8Array): bool {
  const end = bytes.dataStart + bytes.length;
  for (let at = bytes.dataStart; at < end; ) {
    const length = characterLength(at, end);
    if (!length) return false;
    at += length;
  }
  return true;
}

/** Bytes of the UTF-8 character at `at`; 0 if there is none before `end`. */
export function characterLength(at: usize, end: usize): usize {
  const first: u32 = load<u8>(at);
  if (first < 0x80) return 1;
  const length: usize = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (!length || at + length > end) return 0;
  const second: u32 = load<u8>(at, 1);
  if (second - leastSecond(first) > greatestSecond(first) - leastSecond(first)) return 0;
  for (let i: usize = 2; i < length; i++) if ((load<u8>(at + i) & 0xc0) != 0x80) return 0;
  return length;
}

/** After some first bytes the second is narrower than 80..BF (RFC 3629, section 4). */
@inline
export function leastSecond(first: u32): u32 {
  return first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
}

@inline
export function greatestSecond(first: u32): u32 {
  return first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
}
