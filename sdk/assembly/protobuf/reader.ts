import { decode } from "../memory/text";
import { Wire } from "./wire";

/** Messages in messages, or groups in groups; what other implementations allow (protobuf's C++ and Java). */
const DEEPEST = 100;

/**
 * Reads a message field by field. It never traps: after anything that is no message {@link failed} is true, and all
 * that is read from there on is 0 or empty.
 *
 * {@link next} comes to a field; then read its value by the type that the tag stands for, or {@link skip} it.
 */
export class ProtoReader {
  /** Whether the bytes were no message, so that what was read is to be thrown away. */
  failed: bool = false;
  private at: usize;
  private end: usize;
  private depth: i32 = 0;
  private tag: u32 = 0;

  constructor(
    /** Held here, since the addresses below hold nothing. */
    private source: Uint8Array,
  ) {
    this.at = source.dataStart;
    this.end = source.dataStart + source.length;
  }

  /** Comes to the next field. Its tag, as {@link tagOf} makes it; 0 at the end of the message. */
  next(): u32 {
    if (!this.more()) return 0;
    const tag = this.uint64();
    // No field has the number 0, and none one beyond 29 bits.
    if (tag < 8 || tag > <u64>u32.MAX_VALUE) this.fail();
    return (this.tag = this.failed ? 0 : <u32>tag);
  }

  /** Whether anything is left in the message or packed list. */
  more(): bool {
    return this.at < this.end;
  }

  uint64(): u64 {
    let value: u64 = 0;
    for (let shift = 0; shift < 70 && this.at < this.end; shift += 7) {
      const byte: u64 = load<u8>(this.at++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    this.fail();
    return 0;
  }

  int64(): i64 {
    return <i64>this.uint64();
  }

  uint32(): u32 {
    return <u32>this.uint64();
  }

  /** An `int32`, or an enum. */
  int32(): i32 {
    return <i32>this.uint64();
  }

  sint64(): i64 {
    const value = this.uint64();
    return (value >>> 1) ^ -(value & 1);
  }

  sint32(): i32 {
    const value = this.uint32();
    return (value >>> 1) ^ -(value & 1);
  }

  bool(): bool {
    return this.uint64() != 0;
  }

  fixed64(): u64 {
    const from = this.take(8);
    return from ? load<u64>(from) : 0;
  }

  sfixed64(): i64 {
    return <i64>this.fixed64();
  }

  fixed32(): u32 {
    const from = this.take(4);
    return from ? load<u32>(from) : 0;
  }

  sfixed32(): i32 {
    return <i32>this.fixed32();
  }

  double(): f64 {
    return reinterpret<f64>(this.fixed64());
  }

  float(): f32 {
    return reinterpret<f32>(this.fixed32());
  }

  /** Each byte that belongs to no character becomes U+FFFD. */
  string(): string {
    const length = this.length();
    const from = this.take(length);
    return from ? decode(from, length) : "";
  }

  /** A copy. */
  bytes(): Uint8Array {
    const length = this.length();
    const from = this.take(length);
    const bytes = new Uint8Array(<i32>length);
    if (from) memory.copy(bytes.dataStart, from, length);
    return bytes;
  }

  /**
   * Enters a message or a packed list, so that {@link next} and {@link more} end where it does. What it returns is for
   * {@link leave}.
   */
  enter(): usize {
    const outer = this.end;
    const length = this.length();
    if (++this.depth > DEEPEST) this.fail();
    if (!this.failed) this.end = this.at + length;
    return outer;
  }

  /** Leaves it, wherever in it one is. */
  leave(outer: usize): void {
    this.depth--;
    if (this.failed) return;
    this.at = this.end;
    this.end = outer;
  }

  /** Skips the value of the field that {@link next} came to. */
  skip(): void {
    const wire = this.tag & 7;
    if (wire == Wire.Varint) this.uint64();
    else if (wire == Wire.Fixed64) this.take(8);
    else if (wire == Wire.Bytes) this.take(this.length());
    else if (wire == Wire.Fixed32) this.take(4);
    else if (wire == Wire.Group) this.skipGroup(this.tag + 1);
    else this.fail();
  }

  private skipGroup(end: u32): void {
    if (++this.depth > DEEPEST) this.fail();
    for (let tag = this.next(); tag != end; tag = this.next()) {
      if (tag) this.skip();
      else this.fail();
      if (this.failed) return;
    }
    this.depth--;
  }

  /** The length of what follows; 0 after a failure, as where there is less. */
  private length(): usize {
    const length = this.uint64();
    if (length > <u64>(this.end - this.at)) this.fail();
    return this.failed ? 0 : <usize>length;
  }

  /** The address of the next bytes, behind which it then stands; 0 where there are not so many. */
  private take(length: usize): usize {
    const from = this.at;
    if (length > this.end - from) this.fail();
    if (this.failed) return 0;
    this.at = from + length;
    return from;
  }

  private fail(): void {
    this.failed = true;
    this.at = this.end;
  }
}
