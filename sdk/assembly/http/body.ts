import { bufferLength, readBuffer, writeBuffer } from "../abi/buffers";
import { BufferType, Status } from "../abi/types";
import { contentBytes, contentLength, releaseContent } from "../memory/content";
import { takeBytes, takeText } from "../memory/text";

/** More than any buffer holds: as a start it appends, as a length it means everything. */
const ALL: u32 = u32.MAX_VALUE;

/**
 * What of a body the proxy holds while a body callback runs: one chunk, or with {@link Action.Pause} from each
 * callback so far everything that was held. A handle, not a copy.
 */
@unmanaged
export class Body {
  private get buffer(): BufferType {
    return <BufferType>(changetype<usize>(this) - 1);
  }

  /** Bytes that can be read now. */
  get length(): u32 {
    return bufferLength(this.buffer);
  }

  /**
   * The text, as UTF-8; `""` when there is none. Each call makes a copy, of two bytes a character: where bytes will
   * do, {@link bytes} takes half.
   */
  text(): string {
    return readBuffer(this.buffer, 0, ALL) == Status.Ok ? takeText() : "";
  }

  /** The bytes, or at most `length` of them from `start`. */
  bytes(start: u32 = 0, length: u32 = ALL): Uint8Array {
    return readBuffer(this.buffer, start, length) == Status.Ok ? takeBytes() : new Uint8Array(0);
  }

  /**
   * Puts a `string` or `Uint8Array` in place of everything that is held. A `content-length` header that was already
   * sent on is not corrected: remove it in the headers callback. Otherwise a longer body is cut off there, and of a
   * request the upstream takes the rest for the next one.
   */
  replace<T>(content: T): Status {
    return this.write<T>(0, ALL, content);
  }

  /** Puts a `string` or `Uint8Array` before what is held. */
  prepend<T>(content: T): Status {
    return this.write<T>(0, 0, content);
  }

  /** Puts a `string` or `Uint8Array` after what is held. */
  append<T>(content: T): Status {
    return this.write<T>(ALL, 0, content);
  }

  private write<T>(start: u32, length: u32, content: T): Status {
    const at = contentBytes<T>(content);
    const status = writeBuffer(this.buffer, start, length, at, contentLength);
    releaseContent<T>(at);
    return status;
  }
}

/** The handle of a buffer: its number, raised so that none is null. */
@inline
export function bodyOf(buffer: BufferType): Body {
  return changetype<Body>(<usize>buffer + 1);
}
