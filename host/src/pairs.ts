import { byteStringOf } from "./byte-string.ts";

/** A list of byte-string pairs in the ABI's form: u32 count, (u32 name, u32 value length)×n, then name\0value\0 ×n, little-endian. */
export type Pair = readonly [name: string, value: string];

/** The limits of proxy-wasm-cpp-host (include/proxy-wasm/limits.h). */
const maximumBytes = 1024 * 1024;
const maximumCount = 1024;

/**
 * Reads pairs out of a guest's bytes. As the proxy does, anything out of form gives an empty list, not an error: more than
 * 1 MiB, more than 1,024 pairs, a length beyond the end, a missing NUL, bytes left over.
 */
export function decodePairs(bytes: Uint8Array): Pair[] {
  if (bytes.length > maximumBytes || bytes.length < 4) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(0, true);
  let at = 4 + count * 8;
  if (count > maximumCount || at > bytes.length) return [];
  const pairs: Pair[] = [];
  for (let i = 0; i < count; i++) {
    const valueAt = at + view.getUint32(4 + i * 8, true) + 1;
    const end = valueAt + view.getUint32(8 + i * 8, true) + 1;
    if (end > bytes.length || bytes[valueAt - 1] !== 0 || bytes[end - 1] !== 0) return [];
    pairs.push([byteStringOf(bytes.subarray(at, valueAt - 1)), byteStringOf(bytes.subarray(valueAt, end - 1))]);
    at = end;
  }
  return at === bytes.length ? pairs : [];
}

/** The number of bytes that {@link writePairs} writes. */
export function pairsSize(pairs: readonly Pair[]): number {
  let size = 4;
  for (const [name, value] of pairs) size += 10 + name.length + value.length;
  return size;
}

/** Writes the pairs to `bytes` from `start` on; {@link pairsSize} bytes must fit there. */
export function writePairs(pairs: readonly Pair[], bytes: Uint8Array, start: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.setUint32(start, pairs.length, true);
  let size = start + 4;
  let at = size + pairs.length * 8;
  for (const [name, value] of pairs) {
    view.setUint32(size, name.length, true);
    view.setUint32(size + 4, value.length, true);
    size += 8;
    at = writeTerminated(name, bytes, at);
    at = writeTerminated(value, bytes, at);
  }
}

/** The pairs as bytes of their own. */
export function encodePairs(pairs: readonly Pair[]): Uint8Array {
  const bytes = new Uint8Array(pairsSize(pairs));
  writePairs(pairs, bytes, 0);
  return bytes;
}

function writeTerminated(byteString: string, bytes: Uint8Array, at: number): number {
  for (let i = 0; i < byteString.length; i++) bytes[at + i] = byteString.charCodeAt(i);
  bytes[at + byteString.length] = 0;
  return at + byteString.length + 1;
}
