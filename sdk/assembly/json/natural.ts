/**
 * Natural numbers of up to 4,288 bits in static memory, for the few conversions that 64 bits cannot do. A word says
 * how many words of 32 bits follow, at most 134; the highest of them is not 0.
 */

const WORDS: usize = 134;

@inline function count(number: usize): usize { return load<u32>(number); }
@inline function word(number: usize, index: usize): u64 { return load<u32>(number + (index << 2), 4); }
@inline function setWord(number: usize, index: usize, value: u64): void { store<u32>(number + (index << 2), <u32>value, 4); }

export function setNatural(number: usize, value: u64): void {
  setWord(number, 0, value);
  setWord(number, 1, value >> 32);
  store<u32>(number, value >> 32 ? 2 : value ? 1 : 0);
}

/** number × factor + addend */
export function multiply(number: usize, factor: u32, addend: u32 = 0): void {
  let carry: u64 = addend;
  const words = count(number);
  for (let i: usize = 0; i < words; i++) {
    carry += word(number, i) * factor;
    setWord(number, i, carry);
    carry >>= 32;
  }
  if (carry && words < WORDS) {
    setWord(number, words, carry);
    store<u32>(number, <u32>words + 1);
  }
}

/** number × 10^exponent */
export function multiplyPower(number: usize, exponent: i32): void {
  for (; exponent >= 9; exponent -= 9) multiply(number, 1000000000);
  for (; exponent > 0; exponent--) multiply(number, 10);
}

/** number × 2^bits */
export function shift(number: usize, bits: i32): void {
  const words = count(number);
  const whole: usize = bits >> 5;
  if (!words || words + whole >= WORDS) return;
  if (whole) {
    memory.copy(number + 4 + (whole << 2), number + 4, words << 2);
    memory.fill(number + 4, 0, whole << 2);
    store<u32>(number, <u32>(words + whole));
  }
  multiply(number, 1 << (bits & 31));
}

/** Bits up to the highest that is set. */
export function bitLength(number: usize): i32 {
  const words = count(number);
  return words ? <i32>(words << 5) - clz(<u32>word(number, words - 1)) : 0;
}

/** Below, at or above 0 as a is below, equal to or above b. */
export function compare(a: usize, b: usize): i32 {
  if (count(a) != count(b)) return count(a) < count(b) ? -1 : 1;
  for (let i = count(a); i > 0; i--) {
    if (word(a, i - 1) != word(b, i - 1)) return word(a, i - 1) < word(b, i - 1) ? -1 : 1;
  }
  return 0;
}

/** a + sign × b, for the signs 1 and -1, where a is not below b if it is -1. */
export function add(a: usize, b: usize, sign: i64): void {
  const words = max(count(a), count(b));
  let carry: i64 = 0;
  for (let i: usize = 0; i < words; i++) {
    carry += (i < count(a) ? <i64>word(a, i) : 0) + sign * (i < count(b) ? <i64>word(b, i) : 0);
    setWord(a, i, carry);
    carry >>= 32;
  }
  let left = words;
  if (carry > 0 && words < WORDS) setWord(a, left++, carry);
  while (left && !word(a, left - 1)) left--;
  store<u32>(a, <u32>left);
}
