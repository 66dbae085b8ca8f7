import { hexValue } from "../encoding/hex";
import { CharSet } from "./charset";

/** Behind the escape read last. */
export let escapeEnd: i32 = 0;

/** The set that `\d`, `\w`, `\s` and their opposites stand for (ECMA-262, section 22.2.2.9); null for anything else. */
export function escapedSet(letter: i32): CharSet | null {
  const set = new CharSet();
  const lower = letter | 0x20;
  if (lower == 0x64) {
    set.add(0x30, 0x39);
  } else if (lower == 0x77) {
    set.add(0x30, 0x39);
    set.add(0x41, 0x5a);
    set.add(0x5f, 0x5f);
    set.add(0x61, 0x7a);
  } else if (lower == 0x73) {
    // White space and line terminators (sections 12.2 and 12.3).
    set.add(0x09, 0x0d);
    set.add(0x20, 0x20);
    set.add(0xa0, 0xa0);
    set.add(0x1680, 0x1680);
    set.add(0x2000, 0x200a);
    set.add(0x2028, 0x2029);
    set.add(0x202f, 0x202f);
    set.add(0x205f, 0x205f);
    set.add(0x3000, 0x3000);
    set.add(0xfeff, 0xfeff);
  } else {
    return null;
  }
  return letter == lower ? set : set.inverted();
}

/** The character that the escape with its letter at `at` stands for; -1 if there is no such escape. */
export function escapedCharacter(pattern: string, at: i32, isInClass: bool): i32 {
  if (at >= pattern.length) return -1;
  const letter = pattern.charCodeAt(at);
  escapeEnd = at + 1;
  if (letter == 0x6e) return 0x0a;
  if (letter == 0x72) return 0x0d;
  if (letter == 0x74) return 0x09;
  if (letter == 0x76) return 0x0b;
  if (letter == 0x66) return 0x0c;
  if (letter == 0x30) return at + 1 < pattern.length && <u32>(pattern.charCodeAt(at + 1) - 0x30) < 10 ? -1 : 0;
  if (letter == 0x62 && isInClass) return 0x08;
  if (letter == 0x63) return controlAt(pattern, at + 1);
  if (letter == 0x78) return digitsAt(pattern, at + 1, 2);
  if (letter == 0x75) return unicodeAt(pattern, at + 1);
  if (letter == 0x2d) return isInClass ? letter : -1;
  return "^$\\.*+?()[]{}|/".includes(String.fromCharCode(letter)) ? letter : -1;
}

function controlAt(pattern: string, at: i32): i32 {
  if (at >= pattern.length || <u32>((pattern.charCodeAt(at) | 0x20) - 0x61) > 25) return -1;
  escapeEnd = at + 1;
  return pattern.charCodeAt(at) & 31;
}

/** A number of so many hexadecimal digits. */
function digitsAt(pattern: string, at: i32, count: i32): i32 {
  if (at + count > pattern.length) return -1;
  let value = 0;
  for (let i = 0; i < count; i++) value = (value << 4) | hexValue(pattern.charCodeAt(at + i));
  escapeEnd = at + count;
  return value;
}

/** What stands behind `\u`: four digits, two such escapes for a pair, or any number of digits in braces. */
function unicodeAt(pattern: string, at: i32): i32 {
  if (at < pattern.length && pattern.charCodeAt(at) == 0x7b) {
    const end = pattern.indexOf("}", at);
    let value = 0;
    for (let i = at + 1; i < end && value >= 0 && value <= 0x10ffff; i++) value = (value << 4) | hexValue(pattern.charCodeAt(i));
    if (end < at + 2 || <u32>value > 0x10ffff) return -1;
    escapeEnd = end + 1;
    return value;
  }
  const high = digitsAt(pattern, at, 4);
  if ((high & 0xfffffc00) != 0xd800 || !pattern.startsWith("\\u", at + 4)) return high;
  const low = digitsAt(pattern, at + 6, 4);
  if ((low & 0xfffffc00) == 0xdc00) return ((high - 0xd800) << 10) + low + 0x2400;
  escapeEnd = at + 4;
  return high;
}
