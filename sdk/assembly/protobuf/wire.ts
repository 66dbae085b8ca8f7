/** How a value lies in a message (protobuf.dev, "Encoding"). */
export enum Wire {
  /** `int32`, `int64`, `uint32`, `uint64`, `sint32`, `sint64`, `bool` and enums. */
  Varint = 0,
  /** `fixed64`, `sfixed64` and `double`. */
  Fixed64 = 1,
  /** `string`, `bytes`, messages and packed lists. */
  Bytes = 2,
  /** The beginning of a group, which proto3 does not have; it is skipped. */
  Group = 3,
  /** The end of a group. */
  GroupEnd = 4,
  /** `fixed32`, `sfixed32` and `float`. */
  Fixed32 = 5,
}

/** What stands before a value: the number of its field, and how it lies there. */
// @ts-ignore: decorator
@inline
export function tagOf(field: u32, wire: Wire): u32 {
  return (field << 3) | wire;
}
