import type { ReflectionObject } from "protobufjs";

/** Names that a generated file needs itself, or the language has. */
const TAKEN_TYPES = new Set(
  "Array ArrayBuffer Boolean DataView Date Error Function Map Math Number Object ProtoReader ProtoWriter Set StaticArray String Symbol Uint8Array".split(
    " ",
  ),
);
const TAKEN_MEMBERS = new Set(["constructor", "decode", "encode"]);

/** `Outer_Inner` for a message or enum within a message; packages are folders already. */
export function typeName(object: ReflectionObject): string {
  const names = [object.name];
  for (let { parent } = object; parent && "fields" in parent; { parent } = parent) names.unshift(parent.name);
  const name = names.join("_");
  return TAKEN_TYPES.has(name) ? `${name}_` : name;
}

/** The member for a field, in camel case. */
export function memberName(name: string): string {
  return TAKEN_MEMBERS.has(name) ? `${name}_` : name;
}

/** As {@link memberName}, with a capital. */
export function capital(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}
