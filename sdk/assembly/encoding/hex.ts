/** Base 16 (RFC 4648, section 8). */
export namespace hex {
  /** The bytes as text, two lower-case digits each. */
  export function encode(bytes: Uint8Array): string {
    const text = changetype<string>(__new(bytes.length << 2, idof<String>()));
    let to = changetype<usize>(text);
    const end = bytes.dataStart + bytes.length;
    for (let at = bytes.dataStart; at < end; at++, to += 4) {
      const byte: u32 = load<u8>(at);
      store<u32>(to, hexDigit(byte >> 4) | (hexDigit(byte & 15) << 16));
    }
    return text;
  }

  /** The bytes that the text stands for, with digits of either case. Null for an odd number of digits, and for anything else than digits. */
  export function decode(text: string): Uint8Array | null {
    if (text.length & 1) return null;
    const bytes = new Uint8Array(text.length >> 1);
    let to = bytes.dataStart;
    let wrong = 0;
    const end = changetype<usize>(text) + (<usize>text.length << 1);
    for (let at = changetype<usize>(text); at < end; at += 4) {
      const value = (hexValue(load<u16>(at)) << 4) | hexValue(load<u16>(at, 2));
      wrong |= value;
      store<u8>(to++, value);
    }
    return wrong < 0 ? null : bytes;
  }
}

/** The lower-case digit of a value below 16. */
@inline
export function hexDigit(value: u32): u32 {
  return value < 10 ? value + 0x30 : value + 0x57;
}

/** What a digit stands for; negative if it is none. */
@inline
export function hexValue(unit: u32): i32 {
  if (unit - 0x30 < 10) return unit - 0x30;
  const lower = unit | 0x20;
  return lower - 0x61 < 6 ? lower - 0x57 : -1;
}
