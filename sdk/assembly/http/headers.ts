import {
  addHeader, getHeader, getHeaderBytes, getHeaderPairs, getHeaderValues, hasHeader, headerBytes, removeHeader,
  replaceHeader, setHeaderPairs,
} from "../abi/headers";
import { MapType, Status } from "../abi/types";

/**
 * Headers or trailers of the stream whose callback is running. A handle, not a copy: reading and writing go to the
 * proxy, and nothing is allocated for it.
 *
 * Names are lower case in HTTP/2; the pseudo headers are `:method`, `:path`, `:authority`, `:scheme` and `:status`.
 */
@unmanaged
export class Headers {
  private get map(): MapType {
    return <MapType>(changetype<usize>(this) - 1);
  }

  /**
   * The first value of the name, or null when the name is missing. A header that is there with no text is `""`,
   * so compare with `=== null`. Values that are not UTF-8 are damaged: read those with {@link getBytes}.
   */
  get(name: string): string | null {
    return getHeader(this.map, name);
  }

  /** The first value of the name, or `fallback` when the name is missing. */
  getOr(name: string, fallback: string): string {
    const value = getHeader(this.map, name);
    return value === null ? fallback : value;
  }

  /** The first value of the name as the bytes that were sent. */
  getBytes(name: string): Uint8Array | null {
    return getHeaderBytes(this.map, name);
  }

  /** All values of the name, in order. The host of a request is found as `:authority` alone. */
  getAll(name: string): string[] {
    return getHeaderValues(this.map, name);
  }

  /** Whether the name is there, with or without a text. */
  has(name: string): bool {
    return hasHeader(this.map, name);
  }

  /**
   * Leaves exactly this value for the name, behind all other headers.
   *
   * Envoy writes names and values as they are: a name beyond ASCII makes a message that clients and servers refuse, and
   * a line break in a value begins a header of its own. Do not take over text that may have one, as JSON may.
   */
  set(name: string, value: string): Status {
    return replaceHeader(this.map, name, value);
  }

  /** Adds a value beside those that are there; what {@link set} says of line breaks holds here too. */
  add(name: string, value: string): Status {
    return addHeader(this.map, name, value);
  }

  /** Removes all values of the name. */
  remove(name: string): Status {
    return removeHeader(this.map, name);
  }

  /** All headers in order, each as `[name, value]`. */
  entries(): string[][] {
    return getHeaderPairs(this.map);
  }

  /**
   * Leaves exactly these headers, each as `[name, value]`; what {@link set} says of names and line breaks holds here
   * too. A request needs its pseudo headers: begin with {@link entries}.
   *
   *     headers.setEntries(headers.entries().filter((entry) => !entry[0].startsWith("x-internal-")));
   */
  setEntries(entries: string[][]): Status {
    return setHeaderPairs(this.map, entries);
  }

  /** Bytes of all names and values together; 0 where the headers are not there. */
  get byteSize(): u32 {
    return headerBytes(this.map);
  }
}

/** The handle of a map: its number, raised so that none is null. */
@inline
export function headersOf(map: MapType): Headers {
  return changetype<Headers>(<usize>map + 1);
}
