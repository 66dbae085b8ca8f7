/**
 * Reads the plugin's configuration, JSON in UTF-8, straight into fields: what the compiler writes for `@config`
 * classes calls these functions in turn. The first error is logged with the path of the field; from then on
 * everything reads as nothing, so that one check at the end is enough.
 */
import { decode, literalBytes, literalLength, utf8 } from "../memory/text";
import { accept, acceptWord, close, open, readText, textAt, textLength } from "./cursor";
import { ascend, descend, fail, failed, noteKey, noteNext } from "./failure";
import { readFloat, readInteger } from "./number";

export { countCharacters, matches, readChoice, require, requireChoice } from "./constraints";
export { readDuration } from "./duration";
export { conceal, reveal } from "./failure";
export { readMatch, readRoutes, Routes, takeRule } from "./routes";
export { skipValue } from "./skip";

/** Starts reading. What it answers is for {@link finish}. */
export function start(): usize {
  return open();
}

/** Ends reading; false if the configuration did not fit. */
export function finish(block: usize): bool {
  if (!close(block)) fail(utf8("malformed JSON"));
  return !failed;
}

/** Enters an object. True if a first field follows. */
export function openObject(): bool {
  if (!accept(0x7b)) return fail(utf8("expected an object"));
  if (accept(0x7d)) return false;
  return descend(literalBytes(utf8(""))) && readKey();
}

/** True if a further field follows; otherwise the object has been left. */
export function nextField(): bool {
  return accept(0x2c) ? readKey() : leave(0x7d);
}

/** Whether the field that was entered has this name. */
export function fieldIs(name: usize): bool {
  return textLength == literalLength(name) && !memory.compare(textAt, literalBytes(name), textLength);
}

/** The name of the field that was entered. */
export function fieldName(): string {
  return decode(textAt, textLength);
}

/** Reads `null`, if it is there. */
export function readNull(): bool {
  return acceptWord(utf8("null"));
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
    return changetype<T>(readText() || fail(utf8("expected a string")) ? decode(textAt, textLength) : "");
  } else if (isBoolean<T>()) {
    if (acceptWord(utf8("true"))) return <T>true;
    if (!acceptWord(utf8("false"))) fail(utf8("expected true or false"));
    return <T>false;
  } else if (isInteger<T>()) {
    return readInteger<T>();
  } else if (isFloat<T>()) {
    return readFloat<T>();
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

/** Enters a list. True if a first element follows. */
export function openList(): bool {
  if (!accept(0x5b)) return fail(utf8("expected a list"));
  return !accept(0x5d) && descend(0);
}

/** True if a further element follows; otherwise the list has been left. */
export function nextElement(): bool {
  if (!accept(0x2c)) return leave(0x5d);
  noteNext();
  return true;
}

function leave(bracket: u32): bool {
  if (!accept(bracket)) return fail(utf8("malformed JSON"));
  ascend();
  return false;
}

function readKey(): bool {
  if (!readText() || !accept(0x3a)) return fail(utf8("malformed JSON"));
  noteKey(textAt, textLength);
  return true;
}
