/** Numbers between text and f64, each the nearest or the shortest that there is, as JavaScript has them. */
import { add, bitLength, compare, multiply, multiplyPower, setNatural, shift } from "./natural";

const a: usize = memory.data(540, 8);
const b: usize = memory.data(540, 8);
const above: usize = memory.data(540, 8);
const below: usize = memory.data(540, 8);

/** Powers of ten up to here are exact. */
const EXACT_POWER = 22;
const EXACT_INTEGER: u64 = 1 << 53;
/** Further digits only matter by not all being 0: no two doubles meet between numbers of so many digits. */
const DIGITS = 780;

/** The double nearest to the number of JSON between `at` and `end`; infinite beyond the largest. */
export function parseDecimal(at: usize, end: usize): f64 {
  const negative = load<u8>(at) == 0x2d;
  if (negative) at++;
  const from = at;
  let mantissa: u64 = 0;
  let digits = 0;
  let power = 0;
  let isAfterPoint = false;
  for (; at < end; at++) {
    const byte: u32 = load<u8>(at);
    if (byte == 0x2e) {
      isAfterPoint = true;
      continue;
    }
    if (byte - 0x30 > 9) break;
    if (digits < 19) mantissa = mantissa * 10 + (byte - 0x30);
    if (digits || byte != 0x30) digits++;
    if (isAfterPoint) power--;
  }
  const digitsEnd = at;
  if (at < end) power += parsePower(at + 1, end);
  let value: f64;
  if (!digits || digits + power < -330) value = 0;
  else if (digits + power > 310) value = Infinity;
  else if (digits <= 19 && mantissa <= EXACT_INTEGER && abs(power) <= EXACT_POWER) {
    value = power < 0 ? <f64>mantissa / powerOfTen(-power) : <f64>mantissa * powerOfTen(power);
  } else {
    value = nearest(from, digitsEnd, digits, power);
  }
  return negative ? -value : value;
}

function parsePower(at: usize, end: usize): i32 {
  const sign: u32 = load<u8>(at);
  if (sign - 0x30 > 9) at++;
  let power = 0;
  for (; at < end; at++) if (power < 100000000) power = power * 10 + (load<u8>(at) - 0x30);
  return sign == 0x2d ? -power : power;
}

function powerOfTen(exponent: i32): f64 {
  let power = 1.0;
  for (; exponent > 0; exponent--) power *= 10;
  return power;
}

/** By long division, bit by bit. @param digits how many there are, without leading zeros */
function nearest(at: usize, end: usize, digits: i32, power: i32): f64 {
  setNatural(a, 0);
  setNatural(b, 1);
  let taken = 0;
  let rest: u32 = 0;
  for (; at < end; at++) {
    const digit = <u32>load<u8>(at) - 0x30;
    if (digit > 9 || (!taken && !digit)) continue;
    if (taken++ < DIGITS) multiply(a, 10, digit);
    else rest |= digit;
  }
  if (digits > DIGITS) {
    power += digits - DIGITS;
    // Something lies behind the last digit that was taken.
    if (rest) {
      multiply(a, 10, 1);
      power--;
    }
  }
  if (power < 0) multiplyPower(b, -power);
  else multiplyPower(a, power);
  let exponent = bitLength(a) - bitLength(b);
  if (exponent > 0) shift(b, exponent);
  else shift(a, -exponent);
  if (compare(a, b) < 0) {
    shift(a, 1);
    exponent--;
  }
  // Now 1 ≤ a ÷ b < 2. The smallest doubles have fewer bits.
  const bits = min(53, exponent + 1075);
  let mantissa: u64 = 0;
  for (let i = 0; i < bits; i++) {
    mantissa <<= 1;
    if (compare(a, b) >= 0) {
      add(a, b, -1);
      mantissa |= 1;
    }
    shift(a, 1);
  }
  // What is left, doubled, says how to round; from the middle to even.
  const order = bits < 0 ? -1 : compare(a, b);
  if (order > 0 || (order == 0 && mantissa & 1)) mantissa++;
  return assemble(mantissa, exponent);
}

/** Where the mantissa was rounded up to one bit more, the carry goes into the exponent by itself. */
function assemble(mantissa: u64, exponent: i32): f64 {
  const biased = exponent + 1023;
  if (biased <= 0) return reinterpret<f64>(mantissa);
  const bits = (<u64>(biased - 1) << 52) + mantissa;
  return bits >= 0x7ff0000000000000 ? Infinity : reinterpret<f64>(bits);
}

/** Writes what JavaScript's `String(value)` is, at most 25 bytes, and returns where it ends. */
export function formatDecimal(value: f64, to: usize): usize {
  if (value < 0) {
    store<u8>(to++, 0x2d);
    value = -value;
  }
  if (value < <f64>EXACT_INTEGER && value == floor(value)) return writeDigits(<u64>value, to);
  let power = 1.0;
  for (let places = 1; places <= EXACT_POWER; places++) {
    power *= 10;
    const scaled = floor(value * power + 0.5);
    // Up to 15 digits no two decimals are the same double, so the first that gives the value back is the shortest.
    if (scaled >= 1e15) break;
    if (scaled && scaled / power == value) return layOut(<u64>scaled, -places, to);
  }
  return shortest(value, to);
}

/**
 * The shortest digits between the middles to the neighbouring doubles (G. Steele and J. White, How to Print
 * Floating-Point Numbers Accurately, 1990).
 */
function shortest(value: f64, to: usize): usize {
  const bits = reinterpret<u64>(value);
  const biased = <i32>(bits >> 52);
  const fraction = bits & 0xfffffffffffff;
  const mantissa = biased ? fraction | (1 << 52) : fraction;
  const exponent = (biased ? biased : 1) - 1075;
  // The value is a ÷ b, its neighbours' middles (a + above) ÷ b and (a - below) ÷ b.
  const isCloserBelow = !fraction && biased > 1;
  setNatural(a, mantissa << (isCloserBelow ? 2 : 1));
  setNatural(b, isCloserBelow ? 4 : 2);
  setNatural(above, isCloserBelow ? 2 : 1);
  setNatural(below, 1);
  if (exponent > 0) {
    shift(a, exponent);
    shift(above, exponent);
    shift(below, exponent);
  } else {
    shift(b, -exponent);
  }
  let power = <i32>ceil((<f64>(exponent + 63 - <i32>clz(mantissa))) * 0.30102999566398 - 1e-10);
  if (power > 0) {
    multiplyPower(b, power);
  } else {
    multiplyPower(a, -power);
    multiplyPower(above, -power);
    multiplyPower(below, -power);
  }
  const isEven = !(mantissa & 1);
  if (reaches(isEven)) {
    multiply(b, 10);
    power++;
  }
  return layOut(digitsOf(isEven), power - places, to);
}

/** Whether a + above is beyond b; or b itself, if the middle is rounded to the value. */
function reaches(isEven: bool): bool {
  add(a, above, 1);
  const order = compare(a, b);
  add(a, above, -1);
  return order > 0 || (order == 0 && isEven);
}

let places = 0;

/** The digits of a ÷ b, of which `places` are behind the point: as many as tell it from its neighbours. */
function digitsOf(isEven: bool): u64 {
  let digits: u64 = 0;
  places = 0;
  for (;;) {
    multiply(a, 10);
    multiply(above, 10);
    multiply(below, 10);
    let digit: u64 = 0;
    while (compare(a, b) >= 0) {
      add(a, b, -1);
      digit++;
    }
    digits = digits * 10 + digit;
    places++;
    const order = compare(a, below);
    const isLow = order < 0 || (order == 0 && isEven);
    const isHigh = reaches(isEven);
    if (!isLow && !isHigh) continue;
    // The nearer one; from the middle the even one, as ECMA-262 has it.
    shift(a, 1);
    const half = compare(a, b);
    return isHigh && (!isLow || half > 0 || (half == 0 && digits & 1)) ? digits + 1 : digits;
  }
}

/** Writes digits × 10^power in the form that ECMA-262 gives it (Number::toString, step 5 and after). */
function layOut(digits: u64, power: i32, to: usize): usize {
  while (digits % 10 == 0) {
    digits /= 10;
    power++;
  }
  const end = writeDigits(digits, to);
  const length = <i32>(end - to);
  const point = length + power;
  if (power >= 0 && point <= 21) {
    memory.fill(end, 0x30, power);
    return end + power;
  }
  if (point > 0 && point <= 21) {
    const at = to + point;
    memory.copy(at + 1, at, length - point);
    store<u8>(at, 0x2e);
    return end + 1;
  }
  if (point > -6 && point <= 0) {
    memory.copy(to + 2 - point, to, length);
    memory.fill(to, 0x30, 2 - point);
    store<u8>(to, 0x2e, 1);
    return end + 2 - point;
  }
  let at = to + 1;
  if (length > 1) {
    memory.copy(to + 2, at, length - 1);
    store<u8>(at, 0x2e);
    at += length;
  }
  store<u8>(at, 0x65);
  store<u8>(at, point > 0 ? 0x2b : 0x2d, 1);
  return writeDigits(abs(point - 1), at + 2);
}

/** Writes an integer in decimal. */
export function writeDigits(value: u64, to: usize): usize {
  let length = 1;
  for (let rest = value; rest > 9; rest /= 10) length++;
  for (let at = to + length; at > to; value /= 10) store<u8>(--at, 0x30 + (value % 10));
  return to + length;
}
