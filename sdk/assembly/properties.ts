import { readProperty, writeProperty } from "./abi/properties";
import { Status } from "./abi/types";
import { release, resultAddress, resultLength } from "./memory/scratch";
import { encode, encodedLength, takeBytes, takeText } from "./memory/text";

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

  /** A property that is true or false. */
  export function getBool(path: string, fallback: bool): bool {
    if (find(path) != Status.Ok) return fallback;
    const value = resultLength() == 1 ? load<u8>(resultAddress()) != 0 : fallback;
    release(resultAddress());
    return value;
  }

  /** Sets a property of one's own: Envoy keeps it for the stream as filter state `wasm.<path>`. */
  export function setString(path: string, value: string): Status {
    const name = encodePath(path);
    const length = encodedLength;
    const at = encode(value);
    const status = writeProperty(name, length, at, encodedLength);
    release(at);
    release(name);
    return status;
  }
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
