/** Base64 with both alphabets (RFC 4648, sections 4 and 5). */

/** Whether `=` fills the last group of base64 up. */
export enum Padding {
  /** It has to be there. */
  Required,
  /** It must not be there, as in JWT (RFC 7515, section 2). */
  None,
  /** Both will do. Two texts can then mean the same bytes. */
  Optional,
}

/** Base64 with `+` and `/`. */
export namespace base64 {
  /** The bytes as text. */
  export function encode(bytes: Uint8Array, padded: bool = true): string {
    return encodeWith(bytes, padded, 0x2b, 0x2f);
  }

  /**
   * The bytes that the text stands for. Null if it has another character (also white space or a line break), the
   * wrong padding, or bits set that no byte gets: so with `Required` and `None` no two texts are the same bytes.
   */
  export function decode(text: string, padding: Padding = Padding.Required): Uint8Array | null {
    return decodeWith(text, padding, 0x2b, 0x2f);
  }
}

/** Base64 with `-` and `_`, for URLs and JWT. */
export namespace base64url {
  /** The bytes as text. */
  export function encode(bytes: Uint8Array, padded: bool = false): string {
    return encodeWith(bytes, padded, 0x2d, 0x5f);
  }

  /** As {@link base64.decode}. */
  export function decode(text: string, padding: Padding = Padding.None): Uint8Array | null {
    return decodeWith(text, padding, 0x2d, 0x5f);
  }
}

function encodeWith(bytes: Uint8Array, padded: bool, plus: u32, slash: u32): string {
  const length = bytes.length;
  const rest = length % 3;
  const units = (length / 3) * 4 + (rest ? (padded ? 4 : rest + 1) : 0);
  const text = changetype<string>(__new(units << 1, idof<String>()));
  let to = changetype<usize>(text);
  let at = bytes.dataStart;
  const whole = at + <usize>(length - rest);
  for (; at < whole; at += 3, to += 8) {
    const bits = (<u32>load<u8>(at) << 16) | (<u32>load<u8>(at, 1) << 8) | load<u8>(at, 2);
    store<u16>(to, letter(bits >> 18, plus, slash));
    store<u16>(to, letter((bits >> 12) & 63, plus, slash), 2);
    store<u16>(to, letter((bits >> 6) & 63, plus, slash), 4);
    store<u16>(to, letter(bits & 63, plus, slash), 6);
  }
  if (rest) {
    const bits = (<u32>load<u8>(at) << 16) | (rest == 2 ? <u32>load<u8>(at, 1) << 8 : 0);
    store<u16>(to, letter(bits >> 18, plus, slash));
    store<u16>(to, letter((bits >> 12) & 63, plus, slash), 2);
    if (rest == 2) store<u16>(to, letter((bits >> 6) & 63, plus, slash), 4);
    else if (padded) store<u16>(to, 0x3d, 4);
    if (padded) store<u16>(to, 0x3d, 6);
  }
  return text;
}

@inline
function letter(bits: u32, plus: u32, slash: u32): u32 {
  if (bits < 26) return bits + 0x41;
  if (bits < 52) return bits + 0x47;
  if (bits < 62) return bits - 4;
  return bits == 62 ? plus : slash;
}

function decodeWith(text: string, padding: Padding, plus: u32, slash: u32): Uint8Array | null {
  let length = text.length;
  let at = changetype<usize>(text);
  let pads = 0;
  while (pads < 2 && length && load<u16>(at + ((<usize>length - 1) << 1)) == 0x3d) {
    length--;
    pads++;
  }
  const rest = length & 3;
  const missing = rest ? 4 - rest : 0;
  if (rest == 1 || (pads != missing && (pads || padding == Padding.Required))) return null;
  if (pads && padding == Padding.None) return null;
  const bytes = new Uint8Array((length >> 2) * 3 + (rest ? rest - 1 : 0));
  let to = bytes.dataStart;
  // A letter that is none sets the highest bit, which stays.
  let wrong = 0;
  for (const whole = at + (<usize>(length - rest) << 1); at < whole; at += 8, to += 3) {
    const a = value(load<u16>(at), plus, slash);
    const b = value(load<u16>(at, 2), plus, slash);
    const c = value(load<u16>(at, 4), plus, slash);
    const d = value(load<u16>(at, 6), plus, slash);
    wrong |= a | b | c | d;
    store<u8>(to, (a << 2) | (b >> 4));
    store<u8>(to, (b << 4) | (c >> 2), 1);
    store<u8>(to, (c << 6) | d, 2);
  }
  if (rest) {
    const a = value(load<u16>(at), plus, slash);
    const b = value(load<u16>(at, 2), plus, slash);
    const c = rest == 3 ? value(load<u16>(at, 4), plus, slash) : 0;
    wrong |= a | b | c;
    if ((rest == 3 ? c & 3 : b & 15)) return null;
    store<u8>(to, (a << 2) | (b >> 4));
    if (rest == 3) store<u8>(to, (b << 4) | (c >> 2), 1);
  }
  return wrong < 0 ? null : bytes;
}

/** What a letter stands for; negative if nothing. */
@inline
function value(unit: u32, plus: u32, slash: u32): i32 {
  if (unit - 0x41 < 26) return unit - 0x41;
  if (unit - 0x61 < 26) return unit - 0x47;
  if (unit - 0x30 < 10) return unit + 4;
  return unit == plus ? 62 : unit == slash ? 63 : -1;
}
