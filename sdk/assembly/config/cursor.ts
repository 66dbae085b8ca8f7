/** Goes through the configuration byte by byte: punctuation, words and texts of JSON (RFC 8259). */
import { readBuffer } from "../abi/buffers";
import { BufferType, Status } from "../abi/types";
import { release, reserve, resultAddress, resultLength } from "../memory/scratch";
import { encodeAt, literalBytes, literalLength, utf8 } from "../memory/text";
import { failed, restart } from "./failure";

let at: usize = 0;
let end: usize = 0;

/** Where the text read last lies in the JSON, its escapes resolved in place. */
export let textAt: usize = 0;
export let textLength: usize = 0;

/** Starts reading. What it answers is for {@link close}. */
export function open(): usize {
  restart();
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

/** Ends reading; false if there is more. */
export function close(block: usize): bool {
  skipSpace();
  if (block) release(block);
  return at >= end;
}

/** The address that the cursor stands at. */
export function place(): usize {
  return at;
}

/** The byte at the cursor; 0 at the end. */
export function byte(): u32 {
  return at < end ? load<u8>(at) : 0;
}

/** The byte at the cursor, which moves on; 0 at the end. */
export function take(): u32 {
  const taken = byte();
  at++;
  return taken;
}

/** Moves over the byte if it is the one at the cursor. */
export function skip(wanted: u32): bool {
  if (byte() != wanted) return false;
  at++;
  return true;
}

export function skipSpace(): void {
  while (byte() == 0x20 || byte() - 0x09 < 2 || byte() == 0x0d) at++;
}

/** As {@link skip}, after white space; nothing is accepted once something was refused. */
export function accept(wanted: u32): bool {
  if (failed) return false;
  skipSpace();
  return skip(wanted);
}

/** As {@link accept}, for `null`, `true` and `false`. */
export function acceptWord(word: usize): bool {
  if (failed) return false;
  skipSpace();
  const length = literalLength(word);
  if (at + length > end || memory.compare(at, literalBytes(word), length)) return false;
  at += length;
  return true;
}

/** Reads a string into {@link textAt} and {@link textLength}. */
export function readText(): bool {
  if (!accept(0x22)) return false;
  let to = at;
  textAt = at;
  // Control characters have to be escaped. This is also the end of the JSON.
  for (let unit = take(); unit >= 0x20; unit = take()) {
    if (unit == 0x22) {
      textLength = to - textAt;
      return true;
    }
    if (unit == 0x5c) {
      unit = take();
      if (unit == 0x75) {
        to = readCodePoint(to);
        continue;
      }
      if (unit == 0x6e) unit = 0x0a;
      else if (unit == 0x74) unit = 0x09;
      else if (unit == 0x72) unit = 0x0d;
      else if (unit == 0x62) unit = 0x08;
      else if (unit == 0x66) unit = 0x0c;
      else if (unit != 0x22 && unit != 0x5c && unit != 0x2f) return false;
    }
    // A text is never longer than its escaped form, so it can take its place.
    store<u8>(to++, unit);
  }
  return false;
}

/** Reads the digits after `\u`, and the second half of a pair, and writes the character at `to`. */
function readCodePoint(to: usize): usize {
  const units = reserve(4);
  store<u16>(units, readHex());
  let last = units + 2;
  if ((load<u16>(units) & 0xfc00) == 0xd800 && at + 1 < end && load<u16>(at) == 0x755c) {
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
    let digit = take();
    digit = digit - 0x30 < 10 ? digit - 0x30 : (digit | 0x20) - 0x61 < 6 ? (digit | 0x20) - 0x57 : 16;
    // Beyond the last byte the string has no end, which is what is reported then.
    if (digit > 15) at = end;
    value = (value << 4) | digit;
  }
  return value;
}
