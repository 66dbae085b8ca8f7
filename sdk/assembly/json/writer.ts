import { hexDigit } from "../encoding/hex";
import { decode, encodeAt, literalBytes, literalLength, utf8 } from "../memory/text";
import { formatDecimal, writeDigits } from "./decimal";

/**
 * Writes JSON, member by member:
 *
 *     const writer = new JsonWriter();
 *     writer.beginObject().key("id").integer(7).key("tags").beginArray().string("a").endArray().endObject();
 *     body.replace(writer.toBytes()!);
 *
 * Strings and numbers look as `JSON.stringify` of JavaScript writes them. What would be no JSON, as a value without
 * a key in an object, is not written, and the document has no result then. It allocates one buffer, which is doubled
 * when it is full and kept for further documents, and each result.
 */
export class JsonWriter {
  private buffer: Uint8Array;
  private length: usize = 0;
  /** For each open object or array whether it is an object. */
  private levels: Array<bool> = [];
  private isFirst: bool = true;
  private afterKey: bool = false;
  private isDone: bool = false;
  private isWrong: bool = false;

  /** @param room bytes to begin with */
  constructor(room: i32 = 256) {
    this.buffer = new Uint8Array(max(room, 32));
  }

  /** Begins another document, in the same memory. */
  reset(): this {
    this.length = 0;
    this.levels.length = 0;
    this.isFirst = true;
    this.afterKey = false;
    this.isDone = false;
    this.isWrong = false;
    return this;
  }

  beginObject(): this {
    return this.open(0x7b, true);
  }

  endObject(): this {
    return this.close(0x7d, true);
  }

  beginArray(): this {
    return this.open(0x5b, false);
  }

  endArray(): this {
    return this.close(0x5d, false);
  }

  /** The name of the member whose value is written next. That no name comes twice is up to you. */
  key(name: string): this {
    if (!this.inObject || this.afterKey) {
      this.isWrong = true;
      return this;
    }
    this.comma();
    this.quote(name);
    this.put(0x3a);
    this.afterKey = true;
    return this;
  }

  string(text: string): this {
    if (this.begin()) this.quote(text);
    return this;
  }

  /** The shortest number that is read as the same f64. What is not finite becomes `null`. */
  number(value: f64): this {
    if (!isFinite(value)) return this.null();
    if (this.begin()) this.length = formatDecimal(value, this.reserve(32)) - this.buffer.dataStart;
    return this;
  }

  /** Written in full: readers that keep numbers as f64 round what is beyond 2^53. */
  integer(value: i64): this {
    if (!this.begin()) return this;
    if (value < 0) this.put(0x2d);
    this.length = writeDigits(value < 0 ? 0 - <u64>value : <u64>value, this.reserve(20)) - this.buffer.dataStart;
    return this;
  }

  bool(value: bool): this {
    return this.word(value ? utf8("true") : utf8("false"));
  }

  null(): this {
    return this.word(utf8("null"));
  }

  /** A value that is JSON already, in UTF-8: it is not looked at. */
  raw(json: Uint8Array): this {
    if (this.begin()) this.copy(json.dataStart, json.length);
    return this;
  }

  /** The document, if it is one. */
  toBytes(): Uint8Array | null {
    if (!this.isWhole) return null;
    const bytes = new Uint8Array(<i32>this.length);
    memory.copy(bytes.dataStart, this.buffer.dataStart, this.length);
    return bytes;
  }

  /** The document as text, if it is one. */
  toText(): string | null {
    return this.isWhole ? decode(this.buffer.dataStart, this.length) : null;
  }

  private get isWhole(): bool {
    return this.isDone && !this.isWrong;
  }

  private get inObject(): bool {
    const depth = this.levels.length;
    return depth > 0 && unchecked(this.levels[depth - 1]);
  }

  /** Begins a value; false if none may stand here. */
  private begin(): bool {
    if (this.isDone || (this.inObject && !this.afterKey)) {
      this.isWrong = true;
      return false;
    }
    if (!this.afterKey) this.comma();
    this.afterKey = false;
    if (!this.levels.length) this.isDone = true;
    return true;
  }

  private comma(): void {
    if (!this.isFirst) this.put(0x2c);
    this.isFirst = false;
  }

  private open(bracket: u32, isObject: bool): this {
    if (!this.begin()) return this;
    this.isDone = false;
    this.isFirst = true;
    this.levels.push(isObject);
    this.put(bracket);
    return this;
  }

  private close(bracket: u32, isObject: bool): this {
    if (!this.levels.length || this.inObject != isObject || this.afterKey) {
      this.isWrong = true;
      return this;
    }
    this.levels.pop();
    this.put(bracket);
    this.isFirst = false;
    this.isDone = !this.levels.length;
    return this;
  }

  private word(literal: usize): this {
    if (this.begin()) this.copy(literalBytes(literal), literalLength(literal));
    return this;
  }

  private quote(text: string): void {
    let from = changetype<usize>(text);
    const end = from + (<usize>text.length << 1);
    this.put(0x22);
    while (from < end) {
      const plain = plainEnd(from, end);
      // Three bytes for each unit, which most do not need: so a long text is written in parts.
      let to = this.reserve(max(((plain - from) >> 1) * 3, 6));
      if (plain > from) {
        to = encodeAt(from, plain, to);
        from = plain;
      } else {
        to = escape(load<u16>(from), to);
        from += 2;
      }
      this.length = to - this.buffer.dataStart;
    }
    this.put(0x22);
  }

  private put(byte: u32): void {
    store<u8>(this.reserve(1), byte);
    this.length++;
  }

  private copy(from: usize, length: usize): void {
    memory.copy(this.reserve(length), from, length);
    this.length += length;
  }

  /** Makes room for so many bytes, and says where. */
  private reserve(room: usize): usize {
    const length = this.length;
    if (length + room > <usize>this.buffer.length) {
      const larger = new Uint8Array(<i32>((length + room) << 1));
      memory.copy(larger.dataStart, this.buffer.dataStart, length);
      this.buffer = larger;
    }
    return this.buffer.dataStart + length;
  }
}

/** Units written at once. */
const PART: usize = 1024;

/** Where the units end that need no escape, {@link PART} of them at most, or one more where that would cut a pair. */
function plainEnd(from: usize, end: usize): usize {
  const stop = from + (PART << 1);
  for (; from < end && from < stop; from += 2) {
    const unit: u32 = load<u16>(from);
    if (unit < 0x20 || unit == 0x22 || unit == 0x5c) break;
    if ((unit & 0xf800) != 0xd800) continue;
    // Half a pair cannot be UTF-8: JSON.stringify escapes it.
    if (unit > 0xdbff || from + 2 >= end || (load<u16>(from, 2) & 0xfc00) != 0xdc00) break;
    from += 2;
  }
  return from;
}

function escape(unit: u32, to: usize): usize {
  store<u8>(to, 0x5c);
  const letter = letterOf(unit);
  store<u8>(to, letter, 1);
  if (letter != 0x75) return to + 2;
  for (let i: usize = 0; i < 4; i++) store<u8>(to + i, hexDigit((unit >> (12 - ((<u32>i) << 2))) & 15), 2);
  return to + 6;
}

/** What stands behind the backslash; `u` if only the number does. */
function letterOf(unit: u32): u32 {
  if (unit == 0x22 || unit == 0x5c) return unit;
  if (unit == 0x0a) return 0x6e;
  if (unit == 0x0d) return 0x72;
  if (unit == 0x09) return 0x74;
  if (unit == 0x08) return 0x62;
  return unit == 0x0c ? 0x66 : 0x75;
}
