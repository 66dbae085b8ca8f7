/** Memory that was never used, from the end of the static part upwards. */

/** A block is its own size (4 bytes, header included) followed by the payload. */
export const HEADER: usize = 4;

/** Where fresh memory starts; 0 until the first use, which may come before this file's turn to initialise. */
let top: usize = 0;

/** Makes a block of `size` bytes, a multiple of 8. Traps when the proxy grants no more, or at 4 GiB. */
export function makeBlock(size: usize): usize {
  // Payloads are aligned to 8.
  const block = top ? top : ((__heap_base + HEADER + 7) & ~7) - HEADER;
  const end = block + size;
  if (end < block) unreachable();
  const missing = <i32>((end - 1) >>> 16) + 1 - memory.size();
  if (missing > 0 && memory.grow(missing) < 0) unreachable();
  top = end;
  store<usize>(block, size);
  return block;
}

/** Whether nothing lies from `address` on. */
@inline
export function isTop(address: usize): bool {
  return address == top;
}

/** Takes back all from `block` on. */
@inline
export function sinkTo(block: usize): void {
  top = block;
}
