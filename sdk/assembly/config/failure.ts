/** Where in the configuration the reader is, and the line in the log that says what was wrong there. */
import { writeLogBytes } from "../abi/log";
import { LogLevel } from "../abi/types";
import { release, reserve } from "../memory/scratch";
import { literalBytes, literalLength, utf8 } from "../memory/text";

/** Whether something has been refused since {@link restart}. */
export let failed = false;

/**
 * For each level of nesting the address and length of the key in the JSON, length 0 before there is one; or
 * address 0 and the index in a list.
 */
const path: usize = memory.data(8 * 32);
const DEEPEST: u32 = 32;
let level: u32 = 0;
/** If not 0, the levels from here on are not told: they are below a secret. Where no field is one, it is a constant. */
let told: u32 = 0;

const LINE: usize = 1024;

/** Begins at the top of another configuration. */
export function restart(): void {
  failed = false;
  level = 0;
}

/** Lets no log tell what is below the field that is read now. What it answers is for {@link reveal}. */
export function conceal(): u32 {
  const before = told;
  if (!told) told = level;
  return before;
}

/** Ends {@link conceal}. */
export function reveal(before: u32): void {
  told = before;
}

/** Enters an object or, with `address` 0, a list; false, after refusing it, if that is too deep. */
export function descend(address: usize): bool {
  if (level == DEEPEST) return fail(utf8("nested too deep"));
  const entry = path + (level++ << 3);
  // What the entry held is text of another place, or of a configuration that is gone.
  store<usize>(entry, address);
  store<usize>(entry, 0, 4);
  return true;
}

/** Leaves the object or list. */
export function ascend(): void {
  level--;
}

/** Notes the field that is read now. */
export function noteKey(address: usize, length: usize): void {
  const entry = path + (level << 3) - 8;
  store<usize>(entry, address);
  store<usize>(entry, length, 4);
}

/** Notes that the next element of the list is read now. */
export function noteNext(): void {
  const index = path + (level << 3) - 4;
  store<u32>(index, load<u32>(index) + 1);
}

/** Logs what was expected and where, once. Always false, so that it can end a function. */
export function fail(what: usize, detail: usize = utf8("")): bool {
  if (failed) return false;
  failed = true;
  const line = reserve(LINE);
  let to = append(line, line, utf8("configuration: "));
  const start = to;
  for (let i: u32 = 0, most = told ? told : level; i < most; i++) {
    const entry = path + (i << 3);
    const address = load<usize>(entry);
    const length = load<u32>(entry, 4);
    if (!address) {
      to = append(line, to, utf8("["));
      to = appendIndex(line, to, length);
      to = append(line, to, utf8("]"));
    } else if (length) {
      if (to > start) to = append(line, to, utf8("."));
      to = copy(line, to, address, length);
    }
  }
  if (to > start) to = append(line, to, utf8(": "));
  to = append(line, append(line, to, what), detail);
  writeLogBytes(LogLevel.Error, line, to - line);
  release(line);
  return false;
}

function append(line: usize, to: usize, literal: usize): usize {
  return copy(line, to, literalBytes(literal), literalLength(literal));
}

/** Keys come from outside and may be of any length: what does not fit is left out. */
function copy(line: usize, to: usize, from: usize, length: usize): usize {
  length = min(length, line + LINE - to);
  memory.copy(to, from, length);
  return to + length;
}

function appendIndex(line: usize, to: usize, index: u32): usize {
  if (index > 9) to = appendIndex(line, to, index / 10);
  if (to < line + LINE) store<u8>(to++, 0x30 + (index % 10));
  return to;
}
