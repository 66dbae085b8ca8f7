/**
 * Mark and sweep over one list of all objects. It runs at the end of the outermost callback, where nothing is on the
 * stack, and only after enough was allocated. So its cost per callback does not depend on how many streams live. In
 * a module that handles bodies it also runs where an object is made, if a single callback leaves much garbage. It
 * never runs where the host asks for memory: no host call can lose what it is working on.
 *
 * Objects have the layout that the compiler gives to static ones: 16 bytes before the payload, of which the
 * collector owns the first two words.
 */
import { __alloc, __free, capacity, trim } from "./allocator";
import { HANDLES_BODIES } from "./mode";

const OVERHEAD: usize = 16;
/** Below this much garbage a collection is not worth its walk. */
const SMALLEST_HEAP: usize = 16 << 10;
/** What a callback may allocate beyond the limit before it is collected in its midst. */
const SLACK: usize = 1 << 20;

/** Bytes in objects, live or not. */
let total: usize = 0;
let limit: usize = SMALLEST_HEAP;
/** All objects on the heap, linked by `next`. */
let all: usize = 0;
/** Objects seen but not yet scanned, linked by `gray`. */
let gray: usize = 0;
/** The colour of objects that this collection has not reached; it flips instead of repainting the survivors. */
let white: usize = 0;
let pinned: usize = 0;
/** The object that is being replaced by a larger one: the language's library holds some only as an address. */
let moving: usize = 0;

// Words of an object's head; `next` carries the colour in its lowest bit.
@inline function nextOf(ptr: usize): usize { return load<usize>(ptr - 16) & ~1; }
@inline function colorOf(ptr: usize): usize { return load<usize>(ptr - 16) & 1; }
@inline function setHead(ptr: usize, next: usize, color: usize): void { store<usize>(ptr - 16, next | color); }

// @ts-ignore: decorator
@global @unsafe
export function __new(size: usize, id: u32): usize {
  if (HANDLES_BODIES && total + size > limit + SLACK) __collect();
  const block = __alloc(OVERHEAD + size);
  const ptr = block + OVERHEAD;
  setHead(ptr, all, white);
  store<u32>(ptr - 8, id);
  store<u32>(ptr - 4, size);
  all = ptr;
  total += capacity(block);
  // It can be visited before its fields are set. Texts have none.
  if (HANDLES_BODIES && id != idof<String>()) clear(ptr, size);
  return ptr;
}

/** Most objects are a few words, for which `memory.fill` is slow. */
function clear(at: usize, size: usize): void {
  if (size > 64) {
    memory.fill(at, 0, size);
  } else {
    // A block is a whole number of words.
    for (const end = at + size; at < end; at += sizeof<usize>()) store<usize>(at, 0);
  }
}

// @ts-ignore: decorator
@global @unsafe
export function __renew(ptr: usize, size: usize): usize {
  const before = load<u32>(ptr - 4);
  if (ptr >= __heap_base && OVERHEAD + size <= capacity(ptr - OVERHEAD)) {
    store<u32>(ptr - 4, size);
    if (HANDLES_BODIES) {
      if (size > before) memory.fill(ptr + before, 0, size - before);
      else total -= trim(ptr - OVERHEAD, OVERHEAD + size);
    }
    return ptr;
  }
  // The list is linked one way, so the old object stays in it as garbage.
  moving = ptr;
  const moved = __new(size, load<u32>(ptr - 8));
  moving = 0;
  memory.copy(moved, ptr, min<usize>(size, before));
  return moved;
}

// @ts-ignore: decorator
@global @unsafe
export function __link(parent: usize, child: usize, many: bool): void {}

// @ts-ignore: decorator
@global @unsafe
export function __visit(ptr: usize, cookie: u32): void {
  if (!ptr || colorOf(ptr) != white) return;
  setHead(ptr, nextOf(ptr), white ^ 1);
  store<usize>(ptr - 12, gray);
  gray = ptr;
}

/** Keeps an object alive until it is unpinned, once for each pin. */
// @ts-ignore: decorator
@global @unsafe
export function __pin(ptr: usize): usize {
  const node = __alloc(2 * sizeof<usize>());
  store<usize>(node, pinned);
  store<usize>(node, ptr, sizeof<usize>());
  pinned = node;
  return ptr;
}

// @ts-ignore: decorator
@global @unsafe
export function __unpin(ptr: usize): void {
  let before: usize = 0;
  for (let node = pinned; node; node = load<usize>(node)) {
    if (load<usize>(node, sizeof<usize>()) == ptr) {
      if (before) store<usize>(before, load<usize>(node));
      else pinned = load<usize>(node);
      __free(node);
      return;
    }
    before = node;
  }
}

// @ts-ignore: decorator
@global @unsafe
export function __collect(): void {
  mark();
  sweep();
  white ^= 1;
  limit = max(SMALLEST_HEAP, total << 1);
}

function mark(): void {
  __visit_globals(0);
  if (HANDLES_BODIES) {
    __visit(moving, 0);
    // The shadow stack grows downwards from where the heap begins.
    for (let slot = __stack_pointer; slot < __heap_base; slot += sizeof<usize>()) __visit(load<usize>(slot), 0);
  }
  for (let node = pinned; node; node = load<usize>(node)) __visit(load<usize>(node, sizeof<usize>()), 0);
  while (gray) {
    const ptr = gray;
    gray = load<usize>(ptr - 12);
    __visit_members(ptr, 0);
  }
}

function sweep(): void {
  let kept: usize = 0;
  let ptr = all;
  while (ptr) {
    const next = nextOf(ptr);
    if (colorOf(ptr) == white) {
      total -= capacity(ptr - OVERHEAD);
      __free(ptr - OVERHEAD);
    } else {
      setHead(ptr, kept, white ^ 1);
      kept = ptr;
    }
    ptr = next;
  }
  all = kept;
}

/** Collects if enough was allocated since the last time. Only for where no reference is on the stack. */
export function collectIfDue(): void {
  if (total > limit) __collect();
}
