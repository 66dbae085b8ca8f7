import type { Enum, Field, MapField, Type } from "protobufjs";

/** A whole number from 0 up to, but not including, `below`. */
export type Random = (below: number) => number;

/** Numbers that follow from a seed (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** A message with some of its fields; of each oneof with one at most. */
export function randomMessage(type: Type, random: Random, depth = 0): Record<string, unknown> {
  const message: Record<string, unknown> = {};
  const chosen = new Set<unknown>();
  for (const field of type.fieldsArray) {
    if (random(depth > 0 ? 6 : 2) > 0 || (field.partOf && chosen.has(field.partOf))) continue;
    if (field.partOf) chosen.add(field.partOf);
    message[field.name] = fieldValue(field, random, depth);
  }
  return message;
}

function fieldValue(field: Field, random: Random, depth: number): unknown {
  const many = <T>(make: () => T) => Array.from({ length: random(4) }, make);
  const one = () => value(field, field.type, random, depth);
  if (field.map) {
    const { keyType } = field as unknown as MapField;
    return Object.fromEntries(many(() => [keyOf(value(field, keyType, random, depth)), one()]));
  }
  return field.repeated ? many(one) : one();
}

/** A property's name for a map's key. */
function keyOf(key: unknown): string {
  if (typeof key !== "object") return String(key);
  const { low, high } = key as ReturnType<typeof longOf>;
  return String((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0));
}

const EDGES = [0, 1, 127, 128, 255, 16_383, 16_384, 2 ** 31 - 1];
const TEXTS = ["", "a", "ünï", "☃ 漢字", "😀", "x".repeat(130), "nul\0"];

function value(field: Field, type: string, random: Random, depth: number): unknown {
  const { resolvedType } = field;
  const edge = () => EDGES[random(EDGES.length)]!;
  const wide = () => (BigInt(edge()) << BigInt(random(33))) | BigInt(random(2 ** 32));
  switch (type) {
    case "int32":
    case "sint32":
    case "sfixed32":
      return random(2) ? edge() : -edge() - 1;
    case "uint32":
    case "fixed32":
      return random(2) ? edge() : 2 ** 32 - 1 - edge();
    case "int64":
    case "sint64":
    case "sfixed64":
      return longOf(BigInt.asIntN(64, random(2) ? wide() : -wide() - 1n), false);
    case "uint64":
    case "fixed64":
      return longOf(BigInt.asUintN(64, random(2) ? wide() : -wide() - 1n), true);
    case "float":
      return Math.fround([0, -0, 1.5, -1e30, Number.POSITIVE_INFINITY][random(5)]!);
    case "double":
      return [0, -0, 1.1, -1e300, Number.NEGATIVE_INFINITY][random(5)]!;
    case "bool":
      return random(2) === 1;
    case "string":
      return TEXTS[random(TEXTS.length)]!;
    case "bytes":
      return Buffer.from(Array.from({ length: random(200) }, () => random(256)));
  }
  if (!resolvedType || "fields" in resolvedType) {
    return depth > 2 ? {} : randomMessage(resolvedType as Type, random, depth + 1);
  }
  const values = Object.values((resolvedType as Enum).values);
  // One that the file does not name has to be kept.
  return random(5) ? values[random(values.length)] : 99;
}

/** As protobufjs takes integers of 64 bits. */
function longOf(value: bigint, unsigned: boolean) {
  return { low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)), unsigned };
}
