/** Thrown inside this folder alone, where the bytes end early or are not what the format allows. */
export class MalformedError extends Error {}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads a stretch of a WebAssembly binary front to back, and never beyond its end. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  byte(): number {
    if (this.#at >= this.#end) throw new MalformedError(`the bytes end at offset ${this.#end}`);
    return this.#bytes[this.#at++]!;
  }

  /** An unsigned 32-bit LEB128 number. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      if (shift === 28 && byte > 0x0f) break;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new MalformedError(`a number before offset ${this.#at} is too long`);
  }

  /** Passes over a LEB128 number of up to 64 bits, signed or not. */
  skipNumber(): void {
    for (let i = 0; i < 10; i++) if (this.byte() < 0x80) return;
    throw new MalformedError(`a number before offset ${this.#at} is too long`);
  }

  /** The next `length` bytes, not copied. */
  take(length: number): Uint8Array {
    if (length > this.#end - this.#at) throw new MalformedError(`${length} bytes do not fit at offset ${this.#at}`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** All bytes that are left, not copied. */
  rest(): Uint8Array {
    return this.take(this.#end - this.#at);
  }

  /** A reader over the next `length` bytes, which this one passes over. */
  part(length: number): Reader {
    const start = this.#at;
    this.take(length);
    return new Reader(this.#bytes, start, start + length);
  }

  name(): string {
    const bytes = this.take(this.u32());
    try {
      return utf8.decode(bytes);
    } catch {
      throw new MalformedError(`a name before offset ${this.#at} is not UTF-8`);
    }
  }
}
