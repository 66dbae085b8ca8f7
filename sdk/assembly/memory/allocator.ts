/**
 * Memory by size class: four classes to each power of two, a free list each, fresh memory from the top.
 *
 * Nothing is split or merged. A filter allocates the same few sizes for every stream, so a freed block is soon
 * wanted again, and both operations are a handful of instructions. It replaces the TLSF of AssemblyScript's runtime,
 * which is three times the code.
 */

/** A block is its own size (4 bytes, header included) followed by the payload. */
const HEADER: usize = 4;
const SMALLEST: usize = 32;
/** One list head for each of 4 × 31 classes. */
const heads: usize = memory.data(4 * 4 * 31);

/** Where fresh memory starts; 0 until the first use, which may come before this file's turn to initialise. */
let top: usize = 0;

/** Sizes in [2^p + 1, 2^(p+1)] share p; the two bits below the highest choose one of four classes. */
@inline
function step(size: usize): usize {
  return 29 - clz<usize>(size - 1);
}

@inline
function headOf(size: usize): usize {
  const shift = step(size);
  return heads + ((shift << 2) + (((size - 1) >>> shift) & 3)) * sizeof<usize>();
}

function grow(size: usize): usize {
  // Payloads are aligned to 8.
  const block = top ? top : ((__heap_base + HEADER + 7) & ~7) - HEADER;
  const end = block + size;
  const missing = <i32>((end + 0xffff) >>> 16) - memory.size();
  if (missing > 0 && memory.grow(missing) < 0) unreachable();
  top = end;
  return block;
}

// @ts-ignore: decorator
@global @unsafe
export function __alloc(payload: usize): usize {
  if (payload > 1 << 30) unreachable();
  let size = max(payload + HEADER, SMALLEST);
  const shift = step(size);
  size = (size + (1 << shift) - 1) & -(1 << shift);
  const head = headOf(size);
  let block = load<usize>(head);
  if (block) {
    store<usize>(head, load<usize>(block, HEADER));
  } else {
    block = grow(size);
    store<usize>(block, size);
  }
  return block + HEADER;
}

// @ts-ignore: decorator
@global @unsafe
export function __free(ptr: usize): void {
  const block = ptr - HEADER;
  const head = headOf(load<usize>(block));
  store<usize>(ptr, load<usize>(head));
  store<usize>(head, block);
}

// @ts-ignore: decorator
@global @unsafe
export function __realloc(ptr: usize, payload: usize): usize {
  const room = capacity(ptr);
  if (payload <= room) return ptr;
  const moved = __alloc(payload);
  memory.copy(moved, ptr, room);
  __free(ptr);
  return moved;
}

/** Bytes that the block at `ptr` can hold. */
@inline
export function capacity(ptr: usize): usize {
  return load<usize>(ptr - HEADER) - HEADER;
}
