import { encode, encodedLength } from "../memory/text";
import { release } from "../memory/scratch";
import { tagOf, Wire } from "./wire";

/**
 * Writes a message field by field, in the order of the calls.
 *
 *     const writer = new ProtoWriter();
 *     writer.string(1, "world");
 *     const inner = writer.open(2);
 *     writer.uint32(1, 7);
 *     writer.close(inner);
 *     return writer.finish();
 */
export class ProtoWriter {
  private buffer: Uint8Array = new Uint8Array(64);
  private length: u32 = 0;

  /** What was written. */
  finish(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }

  uint64(field: u32, value: u64): void {
    this.varint(tagOf(field, Wire.Varint));
    this.varint(value);
  }

  int64(field: u32, value: i64): void {
    this.uint64(field, <u64>value);
  }

  uint32(field: u32, value: u32): void {
    this.uint64(field, <u64>value);
  }

  /** An `int32`, or an enum; a negative one takes ten bytes. */
  int32(field: u32, value: i32): void {
    this.uint64(field, <u64>(<i64>value));
  }

  sint64(field: u32, value: i64): void {
    this.uint64(field, zigzag(value));
  }

  sint32(field: u32, value: i32): void {
    this.uint64(field, zigzag(<i64>value));
  }

  bool(field: u32, value: bool): void {
    this.uint64(field, <u64>value);
  }

  fixed64(field: u32, value: u64): void {
    this.varint(tagOf(field, Wire.Fixed64));
    this.word64(value);
  }

  sfixed64(field: u32, value: i64): void {
    this.fixed64(field, <u64>value);
  }

  double(field: u32, value: f64): void {
    this.fixed64(field, reinterpret<u64>(value));
  }

  fixed32(field: u32, value: u32): void {
    this.varint(tagOf(field, Wire.Fixed32));
    this.word32(value);
  }

  sfixed32(field: u32, value: i32): void {
    this.fixed32(field, <u32>value);
  }

  float(field: u32, value: f32): void {
    this.fixed32(field, reinterpret<u32>(value));
  }

  string(field: u32, value: string): void {
    const from = encode(value);
    this.copy(field, from, encodedLength);
    release(from);
  }

  bytes(field: u32, value: Uint8Array): void {
    this.copy(field, value.dataStart, value.length);
  }

  /** Begins a message or a packed list; what it returns is for {@link close}. */
  open(field: u32): u32 {
    this.varint(tagOf(field, Wire.Bytes));
    // Most lengths are of one byte.
    this.room(1);
    return ++this.length;
  }

  /** Ends what {@link open} began. */
  close(start: u32): void {
    const size = this.length - start;
    const more = lengthOf(size) - 1;
    if (more) {
      this.room(more);
      const from = this.buffer.dataStart + start;
      memory.copy(from + more, from, size);
      this.length += more;
    }
    put(this.buffer.dataStart + start - 1, size);
  }

  /** A value of a packed list, as all types but `sint`, `fixed`, `float` and `double` are written. */
  varint(value: u64): void {
    const at = this.room(10);
    this.length += <u32>(put(at, value) - at);
  }

  /** A `sint` of a packed list. */
  zigzag(value: i64): void {
    this.varint(zigzag(value));
  }

  /** Four bytes of a packed list. */
  word32(value: u32): void {
    store<u32>(this.room(4), value);
    this.length += 4;
  }

  /** Eight bytes of a packed list. */
  word64(value: u64): void {
    store<u64>(this.room(8), value);
    this.length += 8;
  }

  private copy(field: u32, from: usize, size: usize): void {
    this.varint(tagOf(field, Wire.Bytes));
    this.varint(size);
    memory.copy(this.room(<u32>size), from, size);
    this.length += <u32>size;
  }

  /** Where the next bytes go; so many will fit. */
  private room(size: u32): usize {
    const needed = this.length + size;
    if (needed > <u32>this.buffer.length) {
      const larger = new Uint8Array(max(needed, this.buffer.length << 1));
      memory.copy(larger.dataStart, this.buffer.dataStart, this.length);
      this.buffer = larger;
    }
    return this.buffer.dataStart + this.length;
  }
}

/** Bytes of a number. */
function lengthOf(value: u32): u32 {
  let length: u32 = 1;
  while (value >>>= 7) length++;
  return length;
}

/** Writes a number, and returns where it ends. */
function put(at: usize, value: u64): usize {
  while (value > 0x7f) {
    store<u8>(at++, <u8>(value | 0x80));
    value >>>= 7;
  }
  store<u8>(at, <u8>value);
  return at + 1;
}

/** Small numbers of either sign become small ones without. */
function zigzag(value: i64): u64 {
  return (value << 1) ^ (value >> 63);
}
