/** As much of protobuf as Envoy's foreign functions ask for: fields with a number, a text or bytes, one byte for tag and number. */
import { contentBytes, contentLength, releaseContent } from "../memory/content";

const NUMBER: u8 = 0;
const BYTES: u8 = 2;

/** A message that is being written. */
export class MessageWriter {
  private room: Uint8Array = new Uint8Array(64);
  private length: i32 = 0;

  /** Writes a number below 128. */
  number(field: u8, value: u8): void {
    const to = this.reserve(2);
    store<u8>(to, (field << 3) | NUMBER);
    store<u8>(to, value, 1);
  }

  /** Writes a `string` or `Uint8Array`. */
  content<T>(field: u8, content: T): void {
    const from = contentBytes<T>(content);
    const length = <i32>contentLength;
    let header = 1;
    for (let rest: u32 = length; rest; rest >>>= 7) header++;
    let to = this.reserve(max(header, 2) + length);
    store<u8>(to++, (field << 3) | BYTES);
    let rest: u32 = length;
    for (; rest > 127; rest >>>= 7) store<u8>(to++, rest | 128);
    store<u8>(to++, rest);
    memory.copy(to, from, length);
    releaseContent<T>(from);
  }

  /** What was written. */
  finish(): Uint8Array {
    return this.room.subarray(0, this.length);
  }

  private reserve(count: i32): usize {
    const end = this.length + count;
    if (end > this.room.length) {
      const larger = new Uint8Array(max(end, this.room.length << 1));
      larger.set(this.room);
      this.room = larger;
    }
    const at = this.room.dataStart + this.length;
    this.length = end;
    return at;
  }
}

/** The bytes of a field of a message; null where it is not there. Fields that are skipped must be numbers, texts or bytes. */
export function findBytes(message: Uint8Array, field: u8): Uint8Array | null {
  let at = 0;
  while (at < message.length) {
    const tag = message[at++];
    let value: u32 = 0;
    for (let shift = 0; at < message.length; shift += 7) {
      const byte = message[at++];
      value |= <u32>(byte & 127) << shift;
      if (byte < 128) break;
    }
    if ((tag & 7) == NUMBER) continue;
    if (tag == ((field << 3) | BYTES)) return message.slice(at, at + value);
    at += value;
  }
  return null;
}
