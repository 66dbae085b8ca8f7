/**
 * Reads the plugin's configuration, JSON in UTF-8, straight into fields: what the compiler writes for `@config`
 * classes calls these functions in turn. The first error is logged with the path of the field; from then on
 * everything reads as nothing, so that one check at the end is enough.
 */
import { readBuffer } from "../abi/buffers";
import { writeLogBytes } from "../abi/log";
import { BufferType, LogLevel, Status } from "../abi/types";
import { release, reserve, resultAddress, resultLength } from "../memory/scratch";
import { decode, encodeAt, literalBytes, literalLength, utf8 } from "../memory/text";

let at: usize = 0;
let end: usize = 0;
let failed = false;

/** Where the string read last lies in the JSON, its escapes resolved in place. */
let textAt: usize = 0;
let textLength: usize = 0;

/** For each level of nesting the address and length of the key; or address 0 and the index in a list. */
const path: usize = memory.data(8 * 32);
let level: usize = 0;

/** Starts reading. What it answers is for {@link finish}. */
export function start(): usize {
  failed = false;
  level = 0;
  if (readBuffer(BufferType.PluginConfiguration, 0, u32.MAX_VALUE) == Status.Ok) {
    at = resultAddress();
    end = at + resultLength();
    return at;
  }
  // A plugin without configuration is one that leaves everything at its default.
  const nothing = utf8("{}");
  at = literalBytes(nothing);
  end = at + literalLength(nothing);
  return 0;
}

/** Ends reading; false if the configuration did not fit. */
export function finish(block: usize): bool {
  if (peek()) fail(utf8("malformed JSON"));
  if (block) release(block);
  return !failed;
}

/** Enters an object. True if a first field follows. */
export function openObject(): bool {
  if (!accept(0x7b)) return fail(utf8("expected an object"));
  if (accept(0x7d)) return false;
  level++;
  return readKey();
}

/** True if a further field follows; otherwise the object has been left. */
export function nextField(): bool {
  return accept(0x2c) ? readKey() : close(0x7d);
}

/** Whether the field that was entered has this name. */
export function fieldIs(name: usize): bool {
  return textLength == literalLength(name) && !memory.compare(textAt, literalBytes(name), textLength);
}

/** Refuses the field that was entered. */
export function refuseField(known: usize): void {
  fail(utf8("unknown field, expected one of "), known);
}

/** Refuses an object that lacks a field. */
export function refuseMissing(name: usize): void {
  fail(utf8("missing field "), name);
}

/** Reads a value as `T`: a string, a number, true or false, a list, a `@config` class; null where `T` allows it. */
export function read<T>(): T {
  if (isNullable<T>()) {
    if (acceptWord(utf8("null"))) return changetype<T>(0);
  }
  if (isString<T>()) {
    return changetype<T>(readString() ? decode(textAt, textLength) : "");
  } else if (isBoolean<T>()) {
    if (acceptWord(utf8("true"))) return <T>true;
    if (!acceptWord(utf8("false"))) fail(utf8("expected true or false"));
    return <T>false;
  } else if (isInteger<T>()) {
    return readInteger<T>();
  } else if (isFloat<T>()) {
    return <T>readFloat();
  } else if (isArray<T>()) {
    const list = instantiate<T>();
    for (let more = openList(); more; more = nextElement()) list.push(read<valueof<T>>());
    return list;
  } else {
    const value = instantiate<nonnull<T>>();
    value._read();
    return value;
  }
}

function openList(): bool {
  if (!accept(0x5b)) return fail(utf8("expected a list"));
  if (accept(0x5d)) return false;
  store<u64>(path + (level++ << 3), 0);
  return true;
}

function nextElement(): bool {
  if (!accept(0x2c)) return close(0x5d);
  const index = path + (level << 3) - 4;
  store<u32>(index, load<u32>(index) + 1);
  return true;
}

function close(bracket: u32): bool {
  if (!accept(bracket)) return fail(utf8("malformed JSON"));
  level--;
  return false;
}

function readKey(): bool {
  if (!readText() || !accept(0x3a)) return fail(utf8("malformed JSON"));
  const key = path + (level << 3) - 8;
  store<usize>(key, textAt);
  store<usize>(key, textLength, 4);
  return true;
}

/** The next byte that is not white space; 0 at the end. */
function peek(): u32 {
  for (; at < end; at++) {
    const byte: u32 = load<u8>(at);
    if (byte > 0x20) return byte;
  }
  return 0;
}

function accept(byte: u32): bool {
  if (failed || peek() != byte) return false;
  at++;
  return true;
}

function acceptWord(word: usize): bool {
  const length = literalLength(word);
  if (failed || !peek() || at + length > end || memory.compare(at, literalBytes(word), length)) return false;
  at += length;
  return true;
}

function readString(): bool {
  return readText() || fail(utf8("expected a string"));
}

function readText(): bool {
  if (!accept(0x22)) return false;
  let to = at;
  textAt = at;
  while (at < end) {
    let byte: u32 = load<u8>(at++);
    if (byte == 0x22) {
      textLength = to - textAt;
      return true;
    }
    if (byte == 0x5c) {
      byte = load<u8>(at++);
      if (byte == 0x75) {
        to = readCodePoint(to);
        continue;
      }
      if (byte == 0x6e) byte = 0x0a;
      else if (byte == 0x74) byte = 0x09;
      else if (byte == 0x72) byte = 0x0d;
      else if (byte == 0x62) byte = 0x08;
      else if (byte == 0x66) byte = 0x0c;
      else if (byte != 0x22 && byte != 0x5c && byte != 0x2f) return false;
    }
    // A text is never longer than its escaped form, so it can take its place.
    store<u8>(to++, byte);
  }
  return false;
}

/** Reads the digits after `\u`, and the second half of a pair, and writes the character at `to`. */
function readCodePoint(to: usize): usize {
  const units = reserve(4);
  store<u16>(units, readHex());
  let last = units + 2;
  if ((load<u16>(units) & 0xfc00) == 0xd800 && load<u16>(at) == 0x755c) {
    at += 2;
    store<u16>(last, readHex());
    last += 2;
  }
  to = encodeAt(units, last, to);
  release(units);
  return to;
}

function readHex(): u32 {
  let value: u32 = 0;
  for (let i = 0; i < 4; i++) {
    let digit: u32 = load<u8>(at++);
    digit = digit - 0x30 < 10 ? digit - 0x30 : (digit | 0x20) - 0x61 < 6 ? (digit | 0x20) - 0x57 : 16;
    // Beyond the last byte the string has no end, which is what is reported then.
    if (digit > 15) at = end;
    value = (value << 4) | digit;
  }
  return value;
}

/** The number read last is mantissa × 10^exponent. */
let mantissa: u64 = 0;
let exponent: i32 = 0;
let negative = false;

/** Reads a number whole, so that `1.5e3` is an integer and nothing is rounded on the way. */
function readNumber(): bool {
  mantissa = 0;
  exponent = 0;
  negative = accept(0x2d);
  const first = peek();
  if (first - 0x30 > 9) return false;
  let fraction: i32 = 0;
  for (; at < end; at++) {
    const digit = <u32>load<u8>(at) - 0x30;
    if (digit == <u32>-2 && !fraction) {
      fraction = 1;
    } else if (digit > 9) {
      break;
    } else if (mantissa < 1000000000000000000) {
      mantissa = mantissa * 10 + digit;
      exponent -= fraction;
    } else {
      exponent += 1 - fraction;
    }
  }
  if (end > at && (load<u8>(at) | 0x20) == 0x65) {
    at++;
    const sign: u32 = end > at ? load<u8>(at) : 0;
    const minus = sign == 0x2d;
    if (minus || sign == 0x2b) at++;
    let power = 0;
    for (; at < end; at++) {
      const digit = <u32>load<u8>(at) - 0x30;
      if (digit > 9) break;
      if (power < 1000) power = power * 10 + digit;
    }
    exponent += minus ? -power : power;
  }
  return true;
}

function readInteger<T>(): T {
  let ok = readNumber();
  while (ok && mantissa && exponent > 0) {
    ok = mantissa < 1000000000000000000;
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

/** Exact up to 15 digits and powers of ten up to 22, and within one unit of the last place beyond. */
function readFloat(): f64 {
  if (!readNumber()) fail(utf8("expected a number"));
  let power = 1.0;
  for (let i = abs(exponent); i > 0; i--) power *= 10;
  const value = exponent < 0 ? <f64>mantissa / power : mantissa ? <f64>mantissa * power : 0;
  return negative ? -value : value;
}

/** Logs what was expected and where, once. Always false, so that it can end a function. */
function fail(what: usize, detail: usize = utf8("")): bool {
  if (failed) return false;
  failed = true;
  const line = reserve(1024);
  let to = append(line, line, utf8("configuration: "));
  for (let i: usize = 0; i < level; i++) {
    const key = path + (i << 3);
    const address = load<usize>(key);
    if (address) {
      if (i) to = append(line, to, utf8("."));
      to = copy(line, to, address, load<usize>(key, 4));
    } else {
      to = append(line, to, utf8("["));
      to = appendIndex(to, load<u32>(key, 4));
      to = append(line, to, utf8("]"));
    }
  }
  if (level) to = append(line, to, utf8(": "));
  to = append(line, append(line, to, what), detail);
  writeLogBytes(LogLevel.Error, line, to - line);
  release(line);
  return false;
}

function append(line: usize, to: usize, literal: usize): usize {
  return copy(line, to, literalBytes(literal), literalLength(literal));
}

/** Keys come from outside: what does not fit is left out, with room kept for an index. */
function copy(line: usize, to: usize, from: usize, length: usize): usize {
  length = min(length, line + 1000 - min(to, line + 1000));
  memory.copy(to, from, length);
  return to + length;
}

function appendIndex(to: usize, index: u32): usize {
  if (index > 9) to = appendIndex(to, index / 10);
  store<u8>(to, 0x30 + (index % 10));
  return to + 1;
}
