import { hexValue } from "../encoding/hex";
import { decode } from "../memory/text";

/** The text of a string of JSON that was found right, without its quotes. */
export function textBetween(from: usize, end: usize, isEscaped: bool): string {
  if (!isEscaped) return decode(from, end - from);
  const text = __new((end - from) << 1, idof<String>());
  let to = text;
  while (from < end) {
    let code: u32 = load<u8>(from++);
    if (code == 0x5c) {
      code = load<u8>(from++);
      if (code == 0x75) {
        code = hex4(from);
        from += 4;
      } else {
        code = unescaped(code);
      }
    } else if (code > 0x7f) {
      const more = code < 0xe0 ? 1 : code < 0xf0 ? 2 : 3;
      code &= 0x3f >> more;
      for (let i = 0; i < more; i++) code = (code << 6) | (load<u8>(from++) & 0x3f);
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

function hex4(at: usize): u32 {
  let value: u32 = 0;
  for (let i: usize = 0; i < 4; i++) value = (value << 4) | hexValue(load<u8>(at + i));
  return value;
}

/** What a letter behind a backslash stands for. */
function unescaped(letter: u32): u32 {
  if (letter == 0x6e) return 0x0a;
  if (letter == 0x74) return 0x09;
  if (letter == 0x72) return 0x0d;
  if (letter == 0x62) return 0x08;
  return letter == 0x66 ? 0x0c : letter;
}
