import type { Field, ReflectionObject, Type } from "protobufjs";

/** Names that a generated file needs itself, or the language has. */
const TAKEN_TYPES = new Set(
  "Array ArrayBuffer Boolean DataView Date Error Function Map Math Number Object ProtoReader ProtoWriter Set StaticArray String Symbol Uint8Array".split(
    " ",
  ),
);
/** Members that each class has, and words that asc takes for modifiers where a member begins. */
const TAKEN_MEMBERS = new Set(
  "constructor decode encode _read _write abstract declare export get override private protected public readonly set static".split(
    " ",
  ),
);
/** What asc takes for no name (its tokenizer, `isReserved`), and a value of an enum or a method of a service may be called. */
const TAKEN_VALUES = new Set(
  "as async await break case catch class const continue default delete do else enum export extends false finally for function if import in instanceof let new null return static super switch this throw true try typeof var void while with yield".split(
    " ",
  ),
);

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

/** The value of an enum. */
export function valueName(name: string): string {
  return TAKEN_VALUES.has(name) ? `${name}_` : name;
}

/** The member that says whether an optional field is there; `_` behind it where the message has a field of that name. */
export function presenceName({ name, parent }: Field): string {
  const has = `has${capital(name)}`;
  return parent && has in (parent as Type).fields ? `${has}_` : has;
}

/** With a capital. */
export function capital(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}

/** The name for a method, or for its function, in the namespace of a service; `_` behind it where something else has it. */
export function nameInService(name: string, taken: Set<string>): string {
  let free = valueName(name);
  while (taken.has(free)) free += "_";
  taken.add(free);
  return free;
}
