/** Numbers of JSON. They are read whole first, so that `1.5e3` is an integer and nothing is rounded on the way. */
import { parseDecimal } from "../json/decimal";
import { utf8 } from "../memory/text";
import { accept, byte, place, skip, skipSpace, take } from "./cursor";
import { fail, failed } from "./failure";

/** The number read last is mantissa × 10^exponent. Digits beyond the nineteenth are left out. */
let mantissa: u64 = 0;
let exponent: i32 = 0;
let negative = false;

/** What a digit beyond the mantissa's last could overflow. */
const FULL: u64 = 1000000000000000000;

@inline
function atDigit(): bool {
  return byte() - 0x30 < 10;
}

/** Reads a number in the grammar of RFC 8259, section 6. */
function readNumber(): bool {
  mantissa = 0;
  exponent = 0;
  negative = accept(0x2d);
  if (failed) return false;
  if (!negative) skipSpace();
  if (!atDigit()) return false;
  if (skip(0x30)) {
    if (atDigit()) return false;
  } else {
    readDigits(0);
  }
  if (skip(0x2e)) {
    if (!atDigit()) return false;
    readDigits(1);
  }
  return (byte() | 0x20) == 0x65 ? readExponent() : true;
}

/** Passes over a number of any size. */
export function skipNumber(): bool {
  return readNumber();
}

/** Reads digits into the mantissa, each of which stands `scale` places further behind the point. */
function readDigits(scale: i32): void {
  while (atDigit()) {
    const digit = take() - 0x30;
    if (mantissa < FULL) {
      mantissa = mantissa * 10 + digit;
      exponent -= scale;
    } else {
      exponent += 1 - scale;
    }
  }
}

function readExponent(): bool {
  take();
  const minus = skip(0x2d);
  if (!minus) skip(0x2b);
  if (!atDigit()) return false;
  let power = 0;
  while (atDigit()) {
    const digit = take() - 0x30;
    if (power < 100000000) power = power * 10 + digit;
  }
  exponent += minus ? -power : power;
  return true;
}

/** Reads an integer of the type's range. */
export function readInteger<T>(): T {
  let ok = readNumber();
  while (ok && mantissa && exponent > 0) {
    ok = mantissa < FULL;
    mantissa *= 10;
    exponent--;
  }
  while (ok && mantissa && exponent < 0) {
    ok = mantissa % 10 == 0;
    mantissa /= 10;
    exponent++;
  }
  // Of 64 bits the highest is left out even without a sign: the schema's readers have no such numbers.
  const spare: u64 = isSigned<T>() || sizeof<T>() == 8 ? 1 : 0;
  const largest = u64.MAX_VALUE >>> (64 - <u64>sizeof<T>() * 8 + spare);
  if (negative && mantissa) ok = ok && isSigned<T>() && mantissa <= largest + 1;
  else ok = ok && mantissa <= largest;
  if (!ok) fail(expectedInteger<T>());
  return <T>(negative ? 0 - mantissa : mantissa);
}

function expectedInteger<T>(): usize {
  if (isSigned<T>()) {
    if (sizeof<T>() == 1) return utf8("expected an integer from -128 to 127");
    if (sizeof<T>() == 2) return utf8("expected an integer from -32768 to 32767");
    if (sizeof<T>() == 4) return utf8("expected an integer from -2147483648 to 2147483647");
    return utf8("expected an integer of 64 bits");
  }
  if (sizeof<T>() == 1) return utf8("expected an integer from 0 to 255");
  if (sizeof<T>() == 2) return utf8("expected an integer from 0 to 65535");
  if (sizeof<T>() == 4) return utf8("expected an integer from 0 to 4294967295");
  return utf8("expected an integer from 0 to 9223372036854775807");
}

/** Reads the nearest f64, from which an f32 is rounded; it must be finite in the type: 1e300 is refused for an `f32`, 1e400 for both. */
export function readFloat<T>(): T {
  skipSpace();
  const from = place();
  if (!readNumber()) {
    fail(utf8("expected a number"));
    return <T>0;
  }
  const value = <T>parseDecimal(from, place());
  if (!isFinite(value)) {
    fail(sizeof<T>() == 4 ? utf8("expected a number of 32 bits") : utf8("expected a number of 64 bits"));
  }
  return value;
}
