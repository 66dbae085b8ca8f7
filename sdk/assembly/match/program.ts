/** What a pattern becomes: instructions of three words. Jumps are relative, so that a part can be moved and copied. */

/** The words behind are a and b. */
export enum Op {
  /** The pattern has matched. */
  Match,
  /** The character a or b. */
  Char,
  /** A character of the set a. */
  Set,
  /** Goes on a instructions further. */
  Jump,
  /** Goes on both a and b instructions further; a is preferred. */
  Split,
  /** Notes the position in slot a; empties it if b is a, too. */
  Save,
  /** Goes on at the start of the text, or at its end. */
  Start,
  End,
  /** Goes on where a word begins or ends, or (a = 1) where none does. */
  Boundary,
}

export const WORDS = 3;
/** Instructions of a program: what a text is matched against in the worst case at each of its characters. */
export const MOST_INSTRUCTIONS = 2000;
/** Ranges in all sets together. */
const MOST_RANGES = 2000;
/** Characters of a pattern. */
export const LONGEST = 4000;

/** A program that is being written. */
export class Program {
  readonly code: i32[] = [];
  /** The ranges of all sets, first and last character of each, and for each set where it begins. */
  readonly ranges: i32[] = [];
  readonly sets: i32[] = [];
  /** Slots for positions: two for the match, two for each group. */
  slots: i32 = 2;

  /** How many instructions there are. */
  get length(): i32 {
    return this.code.length / WORDS;
  }

  get isTooLarge(): bool {
    return this.length > MOST_INSTRUCTIONS || this.ranges.length > MOST_RANGES * 2;
  }

  emit(op: Op, a: i32 = 0, b: i32 = 0): void {
    this.code.push(op);
    this.code.push(a);
    this.code.push(b);
  }

  /** Puts an instruction before the one at `at`; no jump may cross it from before. */
  insert(at: i32, op: Op, a: i32, b: i32): void {
    this.emit(Op.Match);
    const from = this.code.dataStart + ((<usize>at * WORDS) << 2);
    const end = this.code.dataStart + ((<usize>(this.length - 1) * WORDS) << 2);
    memory.copy(from + (WORDS << 2), from, end - from);
    store<i32>(from, op);
    store<i32>(from, a, 4);
    store<i32>(from, b, 8);
  }

  /** Writes the jump at `at` anew. */
  patch(at: i32, a: i32, b: i32 = 0): void {
    this.code[at * WORDS + 1] = a;
    this.code[at * WORDS + 2] = b;
  }

  /** Copies the instructions between `start` and `end` to the end. */
  repeat(start: i32, end: i32): void {
    for (let i = start * WORDS; i < end * WORDS && !this.isTooLarge; i++) this.code.push(this.code[i]);
  }

  /** Begins a set; ranges that are added belong to it. */
  beginSet(): i32 {
    return this.sets.push(this.ranges.length) - 1;
  }

  addRange(first: i32, last: i32): void {
    this.ranges.push(first);
    this.ranges.push(last);
  }
}
