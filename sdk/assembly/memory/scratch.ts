/**
 * Short-lived raw memory: arguments of a host call, and what the host answers.
 *
 * It is a stack in static memory, with the heap behind it for what does not fit. The host allocates through it as
 * well, in the middle of a host call. So it must never collect: that would free temporaries of the expression that
 * is being evaluated. And since it is a stack, a callback that the host nests in a host call cannot overwrite what
 * the outer one still uses.
 */
import { __alloc, __free } from "./allocator";

const SIZE: usize = 2048;
const START: usize = memory.data(2048, 8);
let top: usize = START;

/** Reserves `size` bytes until {@link release}. */
export function reserve(size: usize): usize {
  const at = top;
  if (size > START + SIZE - at) return __alloc(size);
  top = at + size;
  return at;
}

/**
 * Gives back what was reserved at `at`, and in the scratch memory everything reserved since. Envoy
 * answers with address 0 where there is nothing to pass on (proxy-wasm-cpp-host, `copyToPointerSize`).
 */
export function release(at: usize): void {
  if (at - START <= SIZE) {
    if (at < top) top = at;
  } else if (at) {
    __free(at);
  }
}

/** Shortens the latest reservation, `at`, to end at `end`. */
@inline
export function shorten(at: usize, end: usize): void {
  if (at - START <= SIZE) top = end;
}

/** Forgets what the last callback left behind, if the host failed between allocating and answering. */
@inline
export function reset(): void {
  top = START;
}

/** Two words for the host to write an address and a length, or one number, to; and one for a number beside them. */
export const result: usize = memory.data(12, 8);

/** The address that the host answered with. */
@inline
export function resultAddress(): usize {
  return load<usize>(result);
}

/** The length that the host answered with. */
@inline
export function resultLength(): usize {
  return load<usize>(result, 4);
}
