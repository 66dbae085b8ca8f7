import { byteStringOf, bytesOf, toByteString } from "./byte-string.ts";
import { encodePairs } from "./pairs.ts";

/**
 * A value of a property: text, bytes, a 64-bit integer (bigint), a double (number), a boolean, a time, or a map or list of
 * such. A number is a double as in CEL; where Envoy has an integer (`response.code`, `request.size`), give a bigint.
 */
export type PropertyValue =
  | string
  | Uint8Array
  | bigint
  | number
  | boolean
  | Date
  | readonly PropertyValue[]
  | PropertyMap;
type PropertyMap = { readonly [name: string]: PropertyValue };

/** Properties by path, its parts separated by dots (`"source.address"`), or as nested maps, in which a key is one part, whatever is in it. */
export type Properties = { readonly [path: string]: PropertyValue };

/** The value at a path of a guest, its parts separated by NUL, or undefined. Of several properties that begin it the longest wins. */
export function findProperty(properties: Properties, path: string): PropertyValue | undefined {
  const parts = path.split("\0");
  if (parts.at(-1) === "") parts.pop();
  if (parts.length === 0) return undefined;
  // By the properties that there are, since a guest's path may have any number of parts.
  const matching = Object.keys(properties).filter((key) => key.split(".").every((part, i) => part === parts[i]));
  for (const key of matching.sort((a, b) => b.length - a.length)) {
    const found = find(properties[key]!, parts.slice(key.split(".").length));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** As Envoy looks into a value: a namespace of metadata, which has dots in its name, is found by that name alone. */
function find(value: PropertyValue, parts: readonly string[]): PropertyValue | undefined {
  const [first, ...rest] = parts;
  if (first === undefined) return value;
  if (Array.isArray(value)) {
    const item = (value as readonly PropertyValue[])[Number(first)];
    return item === undefined ? undefined : find(item, rest);
  }
  return isMap(value) && Object.hasOwn(value, first) ? find(value[first]!, rest) : undefined;
}

/** The bytes of a value as Envoy gives them to a guest (source/extensions/common/wasm/context.cc, `serializeValue`). */
export function encodeProperty(value: PropertyValue): Uint8Array {
  if (typeof value === "string") return bytesOf(toByteString(value));
  if (value instanceof Uint8Array) return value;
  if (typeof value === "boolean") return new Uint8Array([value ? 1 : 0]);
  if (typeof value === "bigint") return eightBytes((view) => view.setBigUint64(0, BigInt.asUintN(64, value), true));
  if (typeof value === "number") return eightBytes((view) => view.setFloat64(0, value, true));
  if (value instanceof Date) {
    return eightBytes((view) => view.setBigInt64(0, BigInt(value.getTime()) * 1_000_000n, true));
  }
  // A list is a map whose values are empty.
  if (Array.isArray(value)) return encodePairs(value.map((item) => [byteStringOf(encodeProperty(item)), ""]));
  const entries = Object.entries(value as PropertyMap);
  return encodePairs(entries.map(([name, item]) => [toByteString(name), byteStringOf(encodeProperty(item))]));
}

function isMap(value: PropertyValue): value is PropertyMap {
  return typeof value === "object" && !(value instanceof Uint8Array) && !(value instanceof Date);
}

function eightBytes(write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(8);
  write(new DataView(bytes.buffer));
  return bytes;
}
