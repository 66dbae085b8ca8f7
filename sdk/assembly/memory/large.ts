/**
 * Large blocks: first fit in a list by address, split where there is room to spare, merged with their neighbours
 * when freed, and handed back at the top. Bodies have all sizes, so a free block is seldom wanted again as it is.
 */
import { makeBlock, unmakeBlock } from "./fresh";

/** Blocks beyond this size are large. */
export const LARGEST_SMALL: usize = 2 << 10;
const UNIT: usize = 256;
/** Stands before the first free block: a block of no bytes, followed like all free ones by the address of the next. */
const first: usize = memory.data(8, 4);
/** A free block, or {@link first}, near the place of the last change: neighbours are often freed one after another. */
let near: usize = first;

@inline function nextOf(block: usize): usize { return load<usize>(block, 4); }
@inline function setNext(block: usize, next: usize): void { store<usize>(block, next, 4); }
@inline function sizeOf(block: usize): usize { return load<usize>(block); }
@inline function roundUp(size: usize): usize { return (size + UNIT - 1) & -UNIT; }

/** Takes a block of at least `size` bytes. */
export function takeLarge(size: usize): usize {
  size = roundUp(size);
  let before = first;
  for (let block = nextOf(first); block; block = nextOf(block)) {
    if (sizeOf(block) >= size) {
      setNext(before, nextOf(block));
      near = before;
      trimLarge(block, size);
      return block;
    }
    before = block;
  }
  return makeBlock(size);
}

/** Gives a block back. */
export function giveLarge(block: usize): void {
  let before = lastBefore(block, near < block ? near : first);
  let after = nextOf(before);
  if (block + sizeOf(block) == after) {
    store<usize>(block, sizeOf(block) + sizeOf(after));
    after = nextOf(after);
  }
  if (before + sizeOf(before) == block) {
    store<usize>(before, sizeOf(before) + sizeOf(block));
    block = before;
  } else {
    setNext(before, block);
  }
  setNext(block, after);
  near = block;
  if (unmakeBlock(block)) {
    near = lastBefore(block, first);
    setNext(near, 0);
  }
}

/** The last of the free blocks, from `from` on, that lies before `block`. */
function lastBefore(block: usize, from: usize): usize {
  for (let next = nextOf(from); next && next < block; next = nextOf(from)) from = next;
  return from;
}

/** Gives back what a large block has beyond `size` bytes, and says how much that was. */
export function trimLarge(block: usize, size: usize): usize {
  size = roundUp(max(size, LARGEST_SMALL + 1));
  if (sizeOf(block) <= size) return 0;
  const spare = sizeOf(block) - size;
  store<usize>(block, size);
  store<usize>(block + size, spare);
  giveLarge(block + size);
  return spare;
}
