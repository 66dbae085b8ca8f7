import { release, reserve, result, resultAddress, resultLength } from "../memory/scratch";
import { decode, encode, encodeAt, encodedLength, literalBytes, literalLength, takeBytes, takeText } from "../memory/text";
import { MapType, Status } from "./types";

// @ts-ignore: decorator
@external("env", "proxy_get_header_map_value")
declare function proxy_get_header_map_value(map: MapType, name: usize, length: usize, value: usize, size: usize): Status;

function findHeader(map: MapType, name: string): Status {
  const at = encode(name);
  const status = proxy_get_header_map_value(map, at, encodedLength, result, result + 4);
  // The value lies above the name in the scratch memory and is read at once: releasing the name alone is enough.
  release(at);
  return status;
}

/** Asks for the first value of a name, `utf8("…")`. The answer is the caller's to release. */
export function readHeader(map: MapType, name: usize): Status {
  return proxy_get_header_map_value(map, literalBytes(name), literalLength(name), result, result + 4);
}

/** The first value of the name; null when there is none, or when the map is not there in this callback. */
export function getHeader(map: MapType, name: string): string | null {
  return findHeader(map, name) == Status.Ok ? takeText() : null;
}

/** As {@link getHeader}, for values that are not UTF-8. */
export function getHeaderBytes(map: MapType, name: string): Uint8Array | null {
  return findHeader(map, name) == Status.Ok ? takeBytes() : null;
}

/** Whether the map has the name, with any value. */
export function hasHeader(map: MapType, name: string): bool {
  if (findHeader(map, name) != Status.Ok) return false;
  release(resultAddress());
  return true;
}

// @ts-ignore: decorator
@external("env", "proxy_replace_header_map_value")
declare function proxy_replace_header_map_value(map: MapType, name: usize, length: usize, value: usize, size: usize): Status;

/** Leaves exactly one value for the name. */
export function replaceHeader(map: MapType, name: string, value: string): Status {
  const at = encode(name);
  const length = encodedLength;
  const to = encode(value);
  const status = proxy_replace_header_map_value(map, at, length, to, encodedLength);
  release(to);
  release(at);
  return status;
}

// @ts-ignore: decorator
@external("env", "proxy_add_header_map_value")
declare function proxy_add_header_map_value(map: MapType, name: usize, length: usize, value: usize, size: usize): Status;

/** Adds a value beside those that are there. */
export function addHeader(map: MapType, name: string, value: string): Status {
  const at = encode(name);
  const length = encodedLength;
  const to = encode(value);
  const status = proxy_add_header_map_value(map, at, length, to, encodedLength);
  release(to);
  release(at);
  return status;
}

// @ts-ignore: decorator
@external("env", "proxy_remove_header_map_value")
declare function proxy_remove_header_map_value(map: MapType, name: usize, length: usize): Status;

/** Removes all values of the name. */
export function removeHeader(map: MapType, name: string): Status {
  const at = encode(name);
  const status = proxy_remove_header_map_value(map, at, encodedLength);
  release(at);
  return status;
}

// @ts-ignore: decorator
@external("env", "proxy_get_header_map_pairs")
declare function proxy_get_header_map_pairs(map: MapType, pairs: usize, size: usize): Status;

/** All names and values in order. Empty where the map is not there. */
export function getHeaderPairs(map: MapType): string[][] {
  if (proxy_get_header_map_pairs(map, result, result + 4) != Status.Ok || !resultLength()) return [];
  return takePairs();
}

/** Takes the pairs that the host answered with, in the form of {@link encodePairs}. */
export function takePairs(): string[][] {
  const pairs = new Array<string[]>();
  const block = resultAddress();
  const count = load<u32>(block);
  const sizes = block + 4;
  let at = sizes + (count << 3);
  for (let i: u32 = 0; i < count; i++) {
    const nameLength = load<u32>(sizes + (i << 3));
    const valueLength = load<u32>(sizes + (i << 3), 4);
    pairs.push([decode(at, nameLength), decode(at + nameLength + 1, valueLength)]);
    at += nameLength + valueLength + 2;
  }
  release(block);
  return pairs;
}

/** All values of the name in order, in whatever case it is given. Empty where the map is not there. */
export function getHeaderValues(map: MapType, name: string): string[] {
  const values = new Array<string>();
  const wanted = encode(name);
  const wantedLength = encodedLength;
  // The proxy's names are lower case (Envoy, `LowerCaseString`).
  for (let i: usize = 0; i < wantedLength; i++) {
    const byte = load<u8>(wanted + i);
    if (byte - 0x41 < 26) store<u8>(wanted + i, byte | 0x20);
  }
  if (proxy_get_header_map_pairs(map, result, result + 4) == Status.Ok && resultLength()) {
    const block = resultAddress();
    const count = load<u32>(block);
    const sizes = block + 4;
    let at = sizes + (count << 3);
    for (let i: u32 = 0; i < count; i++) {
      const nameLength = load<usize>(sizes + (i << 3));
      const valueLength = load<u32>(sizes + (i << 3), 4);
      if (nameLength == wantedLength && !memory.compare(at, wanted, nameLength)) {
        values.push(decode(at + nameLength + 1, valueLength));
      }
      at += nameLength + valueLength + 2;
    }
    release(block);
  }
  release(wanted);
  return values;
}

/** Bytes of the pairs encoded last. */
export let pairsLength: usize = 0;

/**
 * Reserves scratch for pairs in the form of the ABI: the count, the lengths of each name and value, then the texts,
 * each ended by a NUL. The caller releases it.
 */
export function encodePairs(pairs: string[][]): usize {
  const count = pairs.length;
  let room: usize = 4 + (count << 3);
  for (let i = 0; i < count; i++) room += (pairs[i][0].length + pairs[i][1].length) * 3 + 2;
  const block = reserve(room);
  store<u32>(block, count);
  let sizes = block + 4;
  let to = sizes + (count << 3);
  for (let i = 0; i < count; i++) {
    for (let part = 0; part < 2; part++) {
      const text = pairs[i][part];
      const from = changetype<usize>(text);
      const end = encodeAt(from, from + (text.length << 1), to);
      store<u32>(sizes, end - to);
      store<u8>(end, 0);
      sizes += 4;
      to = end + 1;
    }
  }
  pairsLength = to - block;
  return block;
}

// @ts-ignore: decorator
@external("env", "proxy_set_header_map_pairs")
declare function proxy_set_header_map_pairs(map: MapType, pairs: usize, size: usize): Status;

/** Leaves exactly these names and values. */
export function setHeaderPairs(map: MapType, pairs: string[][]): Status {
  const at = encodePairs(pairs);
  const status = proxy_set_header_map_pairs(map, at, pairsLength);
  release(at);
  return status;
}

// @ts-ignore: decorator
@external("env", "proxy_get_header_map_size")
declare function proxy_get_header_map_size(map: MapType, size: usize): Status;

/** Bytes of all names and values; 0 where the map is not there. */
export function headerBytes(map: MapType): u32 {
  return proxy_get_header_map_size(map, result) == Status.Ok ? load<u32>(result) : 0;
}
