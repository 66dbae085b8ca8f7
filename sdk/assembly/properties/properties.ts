import { takePairs } from "../abi/headers";
import { readProperty, writeProperty } from "../abi/properties";
import { Status } from "../abi/types";
import { contentBytes, contentLength, releaseContent } from "../memory/content";
import { release, resultAddress, resultLength } from "../memory/scratch";
import { encode, encodedLength, takeBytes, takeText } from "../memory/text";

/**
 * What the proxy knows of the stream, the connection and itself, by path: `request.path`, `source.address`,
 * `connection.requested_server_name`, `xds.cluster_name`. Null where the proxy does not have it now.
 *
 * A dot separates the parts. Where a part has dots in it, as names of filter metadata do, separate all parts by `\0`.
 */
export namespace properties {
  /** A property that is a string. */
  export function getString(path: string): string | null {
    return find(path) == Status.Ok ? takeText() : null;
  }

  /** A property in the form in which the proxy passes it. */
  export function getBytes(path: string): Uint8Array | null {
    return find(path) == Status.Ok ? takeBytes() : null;
  }

  /** A property that is an integer, a time or a duration (both in nanoseconds). */
  export function getInteger(path: string, fallback: i64): i64 {
    if (find(path) != Status.Ok) return fallback;
    const value = resultLength() == 8 ? load<i64>(resultAddress()) : fallback;
    release(resultAddress());
    return value;
  }

  /** A property that is a number with a fraction. */
  export function getDouble(path: string, fallback: f64): f64 {
    if (find(path) != Status.Ok) return fallback;
    const value = resultLength() == 8 ? load<f64>(resultAddress()) : fallback;
    release(resultAddress());
    return value;
  }

  /**
   * A property that is a map, as `request.headers` or `metadata.filter_metadata.NAMESPACE`, each as `[name, value]`; of a list the values
   * are `""`. What is no text stands in it as the proxy passes it alone. Null where it is not there, or holds no such pairs.
   */
  export function getPairs(path: string): string[][] | null {
    if (find(path) != Status.Ok) return null;
    if (arePairs(resultAddress(), resultLength())) return takePairs();
    release(resultAddress());
    return null;
  }

  /** A property that is true or false. */
  export function getBool(path: string, fallback: bool): bool {
    if (find(path) != Status.Ok) return fallback;
    const value = resultLength() == 1 ? load<u8>(resultAddress()) != 0 : fallback;
    release(resultAddress());
    return value;
  }

  /**
   * Sets a property of one's own, which {@link getString} and other filters of the stream read by its name: Envoy keeps it as filter
   * state `wasm.<name>`. The name is one part, whatever is in it: one with dots is read with `\0` behind it, `"my.name\0"`.
   * {@link Status.NotFound} where there is no stream; {@link Status.BadArgument} if it was declared read-only and is set.
   */
  export function setString(name: string, value: string): Status {
    return write<string>(name, value);
  }

  /** Sets a property of one's own to bytes, as {@link setString} does. */
  export function setBytes(name: string, value: Uint8Array): Status {
    return write<Uint8Array>(name, value);
  }
}

function write<T>(name: string, value: T): Status {
  // Envoy takes the name whole, but looks only for what stands before the first NUL (wasm/context.cc, `findValue`).
  const at = encode(name);
  const length = encodedLength;
  const bytes = contentBytes<T>(value);
  const status = writeProperty(at, length, bytes, contentLength);
  releaseContent<T>(bytes);
  release(at);
  return status;
}

function find(path: string): Status {
  const at = encodePath(path);
  const status = readProperty(at, encodedLength);
  release(at);
  return status;
}

function encodePath(path: string): usize {
  const at = encode(path);
  const end = at + encodedLength;
  for (let byte = at; byte < end; byte++) if (!load<u8>(byte)) return at;
  for (let byte = at; byte < end; byte++) if (load<u8>(byte) == 0x2e) store<u8>(byte, 0);
  return at;
}

/** Whether bytes have the form of pairs: a property may be of another type, and its text would be taken for lengths. */
function arePairs(block: usize, length: usize): bool {
  if (length < 4) return false;
  const count: u64 = load<u32>(block);
  let size: u64 = 4 + (count << 3);
  if (size > length) return false;
  for (let i: usize = 0; i < <usize>count << 1; i++) size += <u64>load<u32>(block + 4 + (i << 2)) + 1;
  return size == length;
}
