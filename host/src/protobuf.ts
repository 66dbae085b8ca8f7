/** A field of a message on the wire: its number, and its bytes or its number value. */
export type Field = readonly [number: number, value: Uint8Array | bigint];

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The fields of a protobuf message in their order, or undefined where the bytes are none. */
export function readFields(bytes: Uint8Array): Field[] | undefined {
  const reader = new Reader(bytes);
  const fields: Field[] = [];
  while (!reader.ended) {
    const field = reader.field();
    if (!field) return undefined;
    fields.push(field);
  }
  return fields;
}

/** The last field of that number that has bytes, as protobuf wants it; undefined where there is none. */
export function bytesField(fields: readonly Field[], number: number): Uint8Array | undefined {
  const field = fields.findLast(([known, value]) => known === number && typeof value !== "bigint");
  return field?.[1] as Uint8Array | undefined;
}

/** A text; `""` where there is none, and undefined where the bytes are not UTF-8, which makes the message unreadable. */
export function textField(fields: readonly Field[], number: number): string | undefined {
  try {
    return decoder.decode(bytesField(fields, number) ?? new Uint8Array(0));
  } catch {
    return undefined;
  }
}

/** A number, an enum's value or a boolean; 0 where there is none. */
export function numberField(fields: readonly Field[], number: number): number {
  const field = fields.findLast(([known, value]) => known === number && typeof value === "bigint");
  return field ? Number(field[1]) : 0;
}

/** Writes a message. Like protobuf itself, it leaves out what has the default value. */
export function writeFields(
  fields: readonly (readonly [number: number, value: Uint8Array | string | boolean])[],
): Uint8Array {
  const bytes: number[] = [];
  for (const [number, value] of fields) {
    if (value === false || (typeof value !== "boolean" && value.length === 0)) continue;
    if (value === true) {
      bytes.push(number << 3, 1);
      continue;
    }
    const content = typeof value === "string" ? encoder.encode(value) : value;
    bytes.push((number << 3) | 2, ...varint(content.length), ...content);
  }
  return Uint8Array.from(bytes);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

/** Wire types (protobuf.dev, "Encoding"). Groups, of which nobody's messages here have any, are taken for an error. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get ended(): boolean {
    return this.#at >= this.#bytes.length;
  }

  field(): Field | undefined {
    const tag = this.#varint();
    if (tag === undefined || tag >> 3n === 0n) return undefined;
    const value = this.#value(Number(tag & 7n));
    return value === undefined ? undefined : [Number(tag >> 3n), value];
  }

  #value(type: number): Uint8Array | bigint | undefined {
    if (type === 0) return this.#varint();
    if (type === 1) return this.#fixed(8);
    if (type === 5) return this.#fixed(4);
    const length = type === 2 ? this.#varint() : undefined;
    return length === undefined ? undefined : this.#take(Number(length));
  }

  #varint(): bigint | undefined {
    let result = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) return undefined;
      result |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, result);
    }
    return undefined;
  }

  #fixed(size: number): bigint | undefined {
    let result = 0n;
    for (const byte of this.#take(size)?.toReversed() ?? []) result = (result << 8n) | BigInt(byte);
    return this.#at > this.#bytes.length ? undefined : result;
  }

  #take(length: number): Uint8Array | undefined {
    const start = this.#at;
    this.#at += length;
    return this.#at > this.#bytes.length ? undefined : this.#bytes.subarray(start, this.#at);
  }
}
