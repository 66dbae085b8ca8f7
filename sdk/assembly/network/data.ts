import { BufferType } from "../abi/types";
import { Body, bodyOf } from "../http/body";

/**
 * Bytes of a connection while a data callback runs: those that have come since they were let go last. A handle, not a copy;
 * what is left in it goes on when the callback answers {@link Action.Continue}.
 */
@unmanaged
export class Data extends Body {}

/** The handle of a buffer of a connection. */
@inline
export function dataOf(buffer: BufferType): Data {
  return changetype<Data>(bodyOf(buffer));
}
