/** What authors hand over as bytes: a `string`, as UTF-8, or a `Uint8Array`. */
import { release } from "./scratch";
import { encode, encodedLength } from "./text";

/** Bytes of the content asked for last. */
export let contentLength: usize = 0;

/** Where the bytes of `content` are, until {@link releaseContent}. */
export function contentBytes<T>(content: T): usize {
  if (isString<T>() && !isNullable<T>()) {
    const at = encode(changetype<string>(content));
    contentLength = encodedLength;
    return at;
  }
  // Nothing else is laid out as bytes: its fields would be sent, or what their numbers point to.
  if (isManaged<T>() && !isNullable<T>()) {
    if (idof<T>() == idof<Uint8Array>()) {
      const bytes = changetype<Uint8Array>(content);
      contentLength = bytes.length;
      // The proxy copies before it returns, and the caller holds the array meanwhile.
      return bytes.dataStart;
    }
  }
  ERROR("content is a string or a Uint8Array, not null");
  return 0;
}

/** Gives back what {@link contentBytes} reserved. */
@inline
export function releaseContent<T>(at: usize): void {
  if (isString<T>()) release(at);
}
