/**
 * Large blocks: the closest of the free ones, split where there is room to spare, merged with their neighbours when
 * freed, and handed back at the top. Bodies have all sizes, so a free block is seldom wanted again as it is.
 *
 * No step depends on how many blocks there are. Free blocks of one power of two are in a list, and a block knows both
 * its neighbours: the next by its own size, the one before, if that is free, by the size at its end (D. Knuth, The Art
 * of Computer Programming, 2.5, boundary tags).
 */
import { isTop, makeBlock, sinkTo } from "./fresh";

/** Blocks beyond this size are large. */
export const LARGEST_SMALL: usize = 2 << 10;
const UNIT: usize = 256;
/** How many blocks of a list are looked at for one that is large enough. */
const TRIES = 8;

/** Marks in the lowest bits of a block's size. */
const FREE: usize = 1;
const AFTER_FREE: usize = 2;
const MARKS: usize = 7;

/** The first free block of each power of two; in a free block the addresses of the next and of the one before. */
const lists: usize = memory.data(4 * 32);
/** A bit for each list that is not empty. */
let filled: u32 = 0;

@inline function sizeOf(block: usize): usize { return load<usize>(block) & ~MARKS; }
@inline function listOf(size: usize): usize { return 31 - clz(size); }
@inline function roundUp(size: usize): usize { return (size + UNIT - 1) & -UNIT; }

/** Bytes of a block, small or large. */
@inline
export function blockSize(block: usize): usize {
  return sizeOf(block);
}

function link(block: usize, size: usize): void {
  const list = listOf(size);
  const next = load<usize>(lists + (list << 2));
  store<usize>(block, next, 4);
  store<usize>(block, 0, 8);
  if (next) store<usize>(next, block, 8);
  store<usize>(lists + (list << 2), block);
  filled |= 1 << <u32>list;
}

function unlink(block: usize): void {
  const next = load<usize>(block, 4);
  const before = load<usize>(block, 8);
  if (next) store<usize>(next, before, 8);
  if (before) {
    store<usize>(before, next, 4);
  } else {
    const list = listOf(sizeOf(block));
    store<usize>(lists + (list << 2), next);
    if (!next) filled &= ~(1 << <u32>list);
  }
}

/** A free block of at least `size` bytes; 0 if none is found. */
function find(size: usize): usize {
  const list = listOf(size);
  let block = load<usize>(lists + (list << 2));
  for (let i = 0; block && i < TRIES; i++) {
    if (sizeOf(block) >= size) return block;
    block = load<usize>(block, 4);
  }
  // Every block of the lists above is large enough.
  const above = filled & (<u32>-2 << <u32>list);
  return above ? load<usize>(lists + (ctz(above) << 2)) : 0;
}

/** Takes a block of at least `size` bytes. */
export function takeLarge(size: usize): usize {
  size = roundUp(size);
  const block = find(size);
  if (!block) return makeBlock(size);
  unlink(block);
  // Before a free block there is none, and after it always a block: it would have been merged, or handed back.
  const whole = sizeOf(block);
  store<usize>(block, whole);
  store<usize>(block + whole, load<usize>(block + whole) & ~AFTER_FREE);
  trimLarge(block, size);
  return block;
}

/** Gives a block back. */
export function giveLarge(block: usize): void {
  let size = sizeOf(block);
  if (load<usize>(block) & AFTER_FREE) {
    const before = block - load<usize>(block - 4);
    unlink(before);
    size += sizeOf(before);
    block = before;
  }
  let next = block + size;
  if (!isTop(next) && load<usize>(next) & FREE) {
    unlink(next);
    size += sizeOf(next);
    next = block + size;
  }
  if (isTop(next)) {
    sinkTo(block);
    return;
  }
  store<usize>(block, size | FREE);
  store<usize>(next - 4, size);
  store<usize>(next, load<usize>(next) | AFTER_FREE);
  link(block, size);
}

/** Gives back what a large block has beyond `size` bytes, and says how much that was. */
export function trimLarge(block: usize, size: usize): usize {
  size = roundUp(max(size, LARGEST_SMALL + 1));
  const whole = sizeOf(block);
  if (whole <= size) return 0;
  store<usize>(block, size | (load<usize>(block) & AFTER_FREE));
  store<usize>(block + size, whole - size);
  giveLarge(block + size);
  return whole - size;
}
