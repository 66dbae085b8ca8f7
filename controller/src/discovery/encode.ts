import protobuf from "protobufjs";
import { root, typePrefix } from "./proto.ts";

/** A message in protobuf's JSON form, with Envoy's field names; `bytes` fields may hold a Uint8Array instead of base64. */
export type Json = string | number | boolean | null | Uint8Array | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

/**
 * A `TypedExtensionConfig` in bytes.
 *
 * Nothing is dropped: a field or a type that is not known throws, since Envoy would run something else than was written.
 */
export function encodeExtensionConfig(config: JsonObject): Uint8Array {
  return encode(root.lookupType("envoy.config.core.v3.TypedExtensionConfig"), config, "");
}

function encode(type: protobuf.Type, json: JsonObject, path: string): Uint8Array {
  return type.encode(type.fromObject(fields(type, json, path))).finish();
}

function fields(type: protobuf.Type, json: JsonObject, path: string): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(json)) {
    const field = type.fields[name];
    const at = path === "" ? name : `${path}.${name}`;
    if (field === undefined) throw new Error(`${at}: ${type.fullName.slice(1)} has no such field`);
    if (value !== null) result[name] = fieldValue(field.resolve(), value, at);
  }
  return result;
}

function fieldValue(field: protobuf.Field, value: Json, path: string): unknown {
  if (field.map) return mapValues(asObject(value, path), (item, key) => single(field, item, `${path}.${key}`));
  if (field.repeated) return (value as readonly Json[]).map((item, index) => single(field, item, `${path}[${index}]`));
  return single(field, value, path);
}

function mapValues<T>(object: JsonObject, make: (value: Json, key: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, make(value, key)]));
}

function single(field: protobuf.Field, value: Json, path: string): unknown {
  const type = field.resolvedType;
  if (type instanceof protobuf.Enum) {
    if (!(String(value) in type.values)) throw new Error(`${path}: ${type.name} has no value ${String(value)}`);
    return value;
  }
  if (!(type instanceof protobuf.Type)) return value;
  const wellKnown = wellKnownTypes[type.fullName];
  return wellKnown === undefined ? fields(type, asObject(value, path), path) : wellKnown(value, path);
}

function asObject(value: Json, path: string): JsonObject {
  const isObject =
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
  if (!isObject) throw new Error(`${path}: expected an object`);
  return value as JsonObject;
}

/** The types whose JSON form is not the list of their fields (protobuf.dev, "ProtoJSON Format"). */
const wellKnownTypes: Readonly<Record<string, (value: Json, path: string) => unknown>> = {
  ".google.protobuf.Any": any,
  ".google.protobuf.Struct": (value, path) => structOf(asObject(value, path)),
  ".google.protobuf.Duration": duration,
  ".google.protobuf.BoolValue": (value) => ({ value }),
  ".google.protobuf.UInt32Value": (value) => ({ value }),
  ".google.protobuf.StringValue": (value) => ({ value }),
};

function any(value: Json, path: string): unknown {
  const { "@type": url, ...rest } = asObject(value, path);
  if (typeof url !== "string" || !url.startsWith(typePrefix)) throw new Error(`${path}: no @type`);
  const name = url.slice(typePrefix.length);
  const type = root.lookup(name);
  if (!(type instanceof protobuf.Type)) throw new Error(`${path}: ${name} is a type that no proxy is answered with`);
  // A type with a JSON form of its own stands under "value".
  const special = wellKnownTypes[type.fullName];
  const message = special === undefined ? fields(type, rest, path) : (special(rest.value ?? null, path) as object);
  return { type_url: url, value: type.encode(type.fromObject(message)).finish() };
}

function duration(value: Json, path: string): unknown {
  const match = /^(-?)(\d+)(?:\.(\d{1,9}))?s$/.exec(String(value));
  if (match === null) throw new Error(`${path}: expected a duration such as "1.5s"`);
  const sign = match[1] === "-" ? -1 : 1;
  return { seconds: sign * Number(match[2]), nanos: sign * Number((match[3] ?? "").padEnd(9, "0")) };
}

function structOf(object: JsonObject): object {
  return { fields: mapValues(object, structValue) };
}

function structValue(value: Json): object {
  if (value === null) return { nullValue: 0 };
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "number") return { numberValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (Array.isArray(value)) return { listValue: { values: value.map(structValue) } };
  return { structValue: structOf(value as JsonObject) };
}
