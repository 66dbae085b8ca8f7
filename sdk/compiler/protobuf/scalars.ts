/** A type of proto3 that is no message: what it is in AssemblyScript, and how it is read and written. */
export interface Scalar {
  type: string;
  zero: string;
  /** As `Wire` of the guest's half numbers them. */
  wire: 0 | 1 | 2 | 5;
  /** The method of reader and writer. */
  method: string;
  /** Writes a value of a packed list; undefined for what is never packed. */
  packed?: (value: string) => string;
  /** Whether a value is not the type's zero, which proto3 leaves out. */
  isSet: (value: string) => string;
}

const isTrue = (value: string) => value;
const varint = (value: string) => `writer.varint(<u64>${value})`;
const signed = (value: string) => `writer.varint(<u64>(<i64>${value}))`;
const zigzag = (value: string) => `writer.zigzag(${value})`;
const word = (bits: 32 | 64, cast: string) => (value: string) => `writer.word${bits}(${cast.replace("_", value)})`;
const bits = (type: string) => (value: string) => `reinterpret<${type}>(${value}) != 0`;
const filled = (value: string) => `${value}.length != 0`;

const number = (type: string, wire: 0 | 1 | 5, packed: Scalar["packed"], isSet = isTrue): Omit<Scalar, "method"> => ({
  type,
  zero: type === "bool" ? "false" : "0",
  wire,
  ...(packed && { packed }),
  isSet,
});

const SCALARS: Record<string, Omit<Scalar, "method">> = {
  int32: number("i32", 0, signed),
  int64: number("i64", 0, varint),
  uint32: number("u32", 0, varint),
  uint64: number("u64", 0, varint),
  sint32: number("i32", 0, zigzag),
  sint64: number("i64", 0, zigzag),
  bool: number("bool", 0, varint),
  fixed32: number("u32", 5, word(32, "_")),
  sfixed32: number("i32", 5, word(32, "<u32>_")),
  // By its bits, since a zero may have a sign.
  float: number("f32", 5, word(32, "reinterpret<u32>(_)"), bits("u32")),
  fixed64: number("u64", 1, word(64, "_")),
  sfixed64: number("i64", 1, word(64, "<u64>_")),
  double: number("f64", 1, word(64, "reinterpret<u64>(_)"), bits("u64")),
  string: { type: "string", zero: '""', wire: 2, isSet: filled },
  bytes: { type: "Uint8Array", zero: "new Uint8Array(0)", wire: 2, isSet: filled },
};

/** The scalar of that name; undefined for a message or an enum. */
export function scalarOf(name: string): Scalar | undefined {
  const scalar = SCALARS[name];
  return scalar && { ...scalar, method: name };
}

/** An enum, which travels as an `int32`. */
export function enumScalar(type: string): Scalar {
  return { ...number("i32", 0, signed), type, method: "int32" };
}
