import { Op, Program, WORDS } from "./program";

/**
 * Runs a program over a text, all ways at once (K. Thompson, 1968; with positions R. Pike): at each character every
 * instruction is looked at once at most, so the time is bounded by instructions × characters whatever the pattern.
 * Nothing is allocated by a match.
 */
export class Machine {
  readonly size: i32;
  /** Instructions looked at by the last match: at most `size` × (characters + 1). */
  steps: u32 = 0;
  private readonly code: StaticArray<i32>;
  private readonly ranges: StaticArray<i32>;
  private readonly sets: StaticArray<i32>;
  private readonly slots: i32;
  /** Two lists of threads: an instruction and its positions each, in the order in which they are preferred. */
  private readonly threads: StaticArray<i32>;
  /** The round in which each instruction was looked at last. */
  private readonly marks: StaticArray<i32>;
  private readonly current: StaticArray<i32>;
  private readonly best: StaticArray<i32>;
  private round: i32 = 0;

  constructor(program: Program) {
    const size = program.length;
    const slots = program.slots;
    this.size = size;
    this.slots = slots;
    this.code = StaticArray.fromArray(program.code);
    program.sets.push(program.ranges.length);
    this.sets = StaticArray.fromArray(program.sets);
    this.ranges = StaticArray.fromArray(program.ranges);
    this.threads = new StaticArray<i32>(2 * size * (slots + 1));
    this.marks = new StaticArray<i32>(size);
    this.current = new StaticArray<i32>(slots);
    this.best = new StaticArray<i32>(slots);
  }

  /** Where slot `index` lay in the last match; -1 if nowhere. */
  position(index: i32): i32 {
    return this.best[index];
  }

  /**
   * Whether the program matches, at or behind `from`. @param anchored whether only at `from` @param keeps whether the
   * positions are wanted: without, the first sign of a match will do
   */
  run(text: string, from: i32, anchored: bool, keeps: bool): bool {
    this.prepare(text, keeps);
    let list = changetype<usize>(this.threads);
    let other = list + ((<usize>this.size * (this.slots + 1)) << 2);
    let found = false;
    count = 0;
    round++;
    for (let at = from; ; ) {
      if (!found && (at == from || !anchored)) {
        if (kept) memory.fill(current, 0xff, kept);
        store<i32>(current, at);
        follow(0, at, list);
      }
      if (!count && (found || anchored)) break;
      const unit = at < length ? codePointAt(at) : -1;
      const next = at + (unit > 0xffff ? 2 : 1);
      const threads = count;
      count = 0;
      round++;
      for (let i = 0; i < threads; i++) {
        const thread = list + (<usize>i * stride);
        const instruction = load<usize>(thread);
        if (load<i32>(instruction) == Op.Match) {
          found = true;
          if (keeps) {
            memory.copy(changetype<usize>(this.best), thread + 4, kept);
            unchecked((this.best[1] = at));
          }
          // What comes behind is preferred less.
          break;
        }
        if (unit < 0 || !consumes(instruction, unit)) continue;
        if (kept) memory.copy(current, thread + 4, kept);
        follow((instruction - code) / <usize>(WORDS << 2) + 1, next, other);
      }
      if (unit < 0 || (found && !keeps)) break;
      at = next;
      const swapped = list;
      list = other;
      other = swapped;
    }
    this.round = round;
    this.steps = steps;
    return found;
  }

  private prepare(text: string, keeps: bool): void {
    units = changetype<usize>(text);
    length = text.length;
    code = changetype<usize>(this.code);
    sets = changetype<usize>(this.sets);
    ranges = changetype<usize>(this.ranges);
    marks = changetype<usize>(this.marks);
    current = changetype<usize>(this.current);
    kept = keeps ? <usize>this.slots << 2 : 0;
    stride = <usize>(this.slots + 1) << 2;
    steps = 0;
    // Rounds are counted over all matches, so that the marks need not be emptied for each.
    round = this.round;
    if (round > i32.MAX_VALUE - length - 2) {
      memory.fill(marks, 0, <usize>this.size << 2);
      round = 0;
    }
  }
}

// The machine that runs. A match calls nothing that could start another, and what these addresses point to is held by
// the machine and the caller; so the functions below take no references, and recursion takes no room where those are kept.
let units: usize = 0;
let length: i32 = 0;
let code: usize = 0;
let sets: usize = 0;
let ranges: usize = 0;
let marks: usize = 0;
let current: usize = 0;
let kept: usize = 0;
let stride: usize = 0;
let round: i32 = 0;
let count: i32 = 0;
let steps: u32 = 0;

/** Puts on the list what can be reached from an instruction without a character. */
function follow(pc: usize, at: i32, list: usize): void {
  for (;;) {
    const mark = marks + (pc << 2);
    if (load<i32>(mark) == round) return;
    store<i32>(mark, round);
    steps++;
    const instruction = code + pc * (WORDS << 2);
    const op = load<i32>(instruction);
    const a = load<i32>(instruction, 4);
    if (op == Op.Jump) {
      pc += a;
    } else if (op == Op.Split) {
      follow(pc + a, at, list);
      pc += load<i32>(instruction, 8);
    } else if (op == Op.Save) {
      if (!kept) pc++;
      else return withSlot(a, a == load<i32>(instruction, 8) ? -1 : at, pc + 1, at, list);
    } else if (op < Op.Jump) {
      const thread = list + <usize>(count++) * stride;
      store<usize>(thread, instruction);
      if (kept) memory.copy(thread + 4, current, kept);
      return;
    } else {
      if (!holds(op, a, at)) return;
      pc++;
    }
  }
}

/** Goes on with a position noted, and takes it back: the other ways that come later do not have it. */
function withSlot(slot: usize, position: i32, pc: usize, at: i32, list: usize): void {
  const place = current + (slot << 2);
  const before = load<i32>(place);
  store<i32>(place, position);
  follow(pc, at, list);
  store<i32>(place, before);
}

function consumes(instruction: usize, unit: i32): bool {
  const a = load<i32>(instruction, 4);
  if (load<i32>(instruction) == Op.Char) return unit == a || unit == load<i32>(instruction, 8);
  const set = sets + (<usize>a << 2);
  const end = ranges + (load<usize>(set, 4) << 2);
  for (let range = ranges + (load<usize>(set) << 2); range < end; range += 8) {
    if (unit <= load<i32>(range, 4)) return unit >= load<i32>(range);
  }
  return false;
}

function holds(op: Op, isNegated: i32, at: i32): bool {
  if (op == Op.Start) return at == 0;
  if (op == Op.End) return at == length;
  return <i32>(isWord(at - 1) != isWord(at)) != isNegated;
}

function isWord(at: i32): bool {
  if (<u32>at >= <u32>length) return false;
  const unit: u32 = load<u16>(units + (<usize>at << 1));
  return (unit | 0x20) - 0x61 < 26 || unit - 0x30 < 10 || unit == 0x5f;
}

/** As `String.codePointAt`. */
function codePointAt(at: i32): i32 {
  const unit: i32 = load<u16>(units + (<usize>at << 1));
  if ((unit & 0xfc00) != 0xd800 || at + 1 >= length) return unit;
  const low: i32 = load<u16>(units + (<usize>at << 1), 2);
  return (low & 0xfc00) == 0xdc00 ? ((unit - 0xd800) << 10) + low + 0x2400 : unit;
}
