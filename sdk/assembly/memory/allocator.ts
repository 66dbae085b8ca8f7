/**
 * Memory by size class: four classes to each power of two, a free list each, fresh memory where a list is empty.
 *
 * Nothing is split or merged. A filter allocates the same few sizes for every stream, so a freed block is soon
 * wanted again, and both operations are a handful of instructions. It replaces the TLSF of AssemblyScript's runtime,
 * which is three times the code. Only a module that handles bodies has blocks of other sizes: the large ones.
 */
import { HEADER, makeBlock } from "./fresh";
import { blockSize, giveLarge, LARGEST_SMALL, takeLarge, trimLarge } from "./large";
import { HANDLES_BODIES } from "./mode";

const SMALLEST: usize = 32;
/** One list head for each of 4 × 31 classes. */
const heads: usize = memory.data(4 * 4 * 31);

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

/** Bytes of a block; in the size of a large one there are marks. */
@inline
function sizeOf(block: usize): usize {
  return HANDLES_BODIES ? blockSize(block) : load<usize>(block);
}

/** Where the chunk that small blocks are cut from goes on, and how much of it is left. */
let chunk: usize = 0;
let left: usize = 0;
const CHUNK: usize = 16 << 10;

/** Cuts small blocks from chunks that fill holes between large ones: at the top they would keep it from sinking. */
function cut(size: usize): usize {
  if (left < size) {
    // The chunk's own head stays, for its neighbours.
    chunk = takeLarge(CHUNK);
    left = blockSize(chunk) - 8;
    chunk += 8;
  }
  const block = chunk;
  chunk += size;
  left -= size;
  store<usize>(block, size);
  return block;
}

// @ts-ignore: decorator
@global @unsafe
export function __alloc(payload: usize): usize {
  if (payload > 1 << 30) unreachable();
  let size = max(payload + HEADER, SMALLEST);
  if (HANDLES_BODIES && size > LARGEST_SMALL) return takeLarge(size) + HEADER;
  const shift = step(size);
  size = (size + (1 << shift) - 1) & -(1 << shift);
  const head = headOf(size);
  let block = load<usize>(head);
  if (block) store<usize>(head, load<usize>(block, HEADER));
  else block = HANDLES_BODIES ? cut(size) : makeBlock(size);
  return block + HEADER;
}

// @ts-ignore: decorator
@global @unsafe
export function __free(ptr: usize): void {
  const block = ptr - HEADER;
  const size = sizeOf(block);
  if (HANDLES_BODIES && size > LARGEST_SMALL) {
    giveLarge(block);
    return;
  }
  const head = headOf(size);
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
  return sizeOf(ptr - HEADER) - HEADER;
}

/** Gives back, where that is worth it, what the block at `ptr` has beyond `payload` bytes. How much that was. */
export function trim(ptr: usize, payload: usize): usize {
  const block = ptr - HEADER;
  return sizeOf(block) > LARGEST_SMALL ? trimLarge(block, payload + HEADER) : 0;
}
