/** The syntax of regular expressions: ECMA-262, section 22.2.1, with the flag `u`. */
import { decode, literalBytes, literalLength, utf8 } from "../memory/text";
import { CharSet } from "./charset";
import { escapedCharacter, escapedSet, escapeEnd } from "./escape";
import { LONGEST, Op, Program, WORDS } from "./program";

const DEEPEST = 50;
/** Each takes two positions in every thread of a match. */
const MOST_GROUPS: i32 = 200;
const MOST_REPETITIONS: i32 = 1000;
const UNBOUNDED: i32 = i32.MAX_VALUE;

/** Writes a program while it reads a pattern. */
export class RegexParser {
  readonly program: Program = new Program();
  error: string = "";
  /** How many groups there are whose text can be asked for. */
  groups: i32 = 0;
  /** Whether it can only match at the start. */
  isAnchored: bool = false;
  private at: i32 = 0;
  private depth: i32 = 0;
  /** Whether what was parsed last can match without a character. */
  private isEmpty: bool = true;
  private canRepeat: bool = false;

  constructor(
    private readonly pattern: string,
    private readonly ignoresCase: bool,
  ) {}

  parse(): void {
    const program = this.program;
    if (this.pattern.length > LONGEST) this.fail(utf8("the pattern is longer than 4000 characters"));
    this.isAnchored = this.peek() == 0x5e;
    this.alternatives();
    if (this.at < this.pattern.length) this.fail(utf8("a ) without a ("));
    program.emit(Op.Match);
    program.slots = 2 + 2 * this.groups;
  }

  private fail(what: usize): void {
    if (this.error.length) return;
    this.error = decode(literalBytes(what), literalLength(what)) + ", at " + this.at.toString();
  }

  private get isDone(): bool {
    return this.error.length > 0 || this.at >= this.pattern.length;
  }

  private peek(ahead: i32 = 0): i32 {
    const at = this.at + ahead;
    return at < this.pattern.length ? this.pattern.charCodeAt(at) : -1;
  }

  private accept(unit: i32): bool {
    if (this.peek() != unit) return false;
    this.at++;
    return true;
  }

  private alternatives(): void {
    const program = this.program;
    let start = program.length;
    const jumps: i32[] = [];
    let isEmpty = this.sequence();
    while (!this.isDone && this.accept(0x7c)) {
      if (!this.depth) this.isAnchored = false;
      program.insert(start, Op.Split, 1, program.length - start + 2);
      jumps.push(program.length);
      program.emit(Op.Jump);
      start = program.length;
      isEmpty = this.sequence() || isEmpty;
    }
    for (let i = 0; i < jumps.length; i++) program.patch(jumps[i], program.length - jumps[i]);
    this.isEmpty = isEmpty;
  }

  /** Returns whether it can match without a character. */
  private sequence(): bool {
    let isEmpty = true;
    while (!this.isDone && this.peek() != 0x7c && this.peek() != 0x29) {
      const start = this.program.length;
      const group = this.groups;
      this.canRepeat = true;
      this.atom();
      this.repetition(start, group);
      isEmpty = isEmpty && this.isEmpty;
      if (this.program.isTooLarge) this.fail(utf8("the pattern is too large"));
    }
    return isEmpty;
  }

  private atom(): void {
    const unit = this.peek();
    this.isEmpty = false;
    if (unit == 0x28) this.group();
    else if (unit == 0x5b) this.characterClass();
    else if (unit == 0x5c) this.escape();
    else if (unit == 0x2e) {
      this.at++;
      // Line terminators are no `.` (ECMA-262, section 12.3).
      const set = new CharSet();
      set.add(0x0a, 0x0a);
      set.add(0x0d, 0x0d);
      set.add(0x2028, 0x2029);
      this.emitSet(set, true);
    } else if (unit == 0x5e) this.assertion(Op.Start, 1);
    else if (unit == 0x24) this.assertion(Op.End, 1);
    else if (unit == 0x2a || unit == 0x2b || unit == 0x3f || unit == 0x7b) this.fail(utf8("nothing to repeat"));
    else if (unit == 0x5d || unit == 0x7d) this.fail(utf8("a bracket that needs a backslash"));
    else this.emitCharacter(this.takeCharacter());
  }

  private assertion(op: Op, length: i32, isNegated: i32 = 0): void {
    this.at += length;
    this.program.emit(op, isNegated);
    this.isEmpty = true;
    this.canRepeat = false;
  }

  private takeCharacter(): i32 {
    const character = this.pattern.codePointAt(this.at);
    this.at += character > 0xffff ? 2 : 1;
    return character;
  }

  private emitCharacter(character: i32): void {
    const isLetter = this.ignoresCase && <u32>((character | 0x20) - 0x61) < 26;
    this.program.emit(Op.Char, character, isLetter ? character ^ 0x20 : character);
  }

  private emitSet(set: CharSet, isNegated: bool): void {
    if (this.ignoresCase) set.addCases();
    this.program.emit(Op.Set, this.program.beginSet());
    set.writeTo(this.program, isNegated);
  }

  private group(): void {
    this.at++;
    let index = 0;
    if (this.accept(0x3f)) {
      if (!this.accept(0x3a)) return this.failGroup();
    } else {
      index = ++this.groups;
      if (index > MOST_GROUPS) return this.fail(utf8("more than 200 groups"));
      this.program.emit(Op.Save, index << 1);
    }
    if (++this.depth > DEEPEST) this.fail(utf8("more than 50 groups in each other"));
    this.alternatives();
    this.depth--;
    if (!this.accept(0x29)) this.fail(utf8("a ( without a )"));
    if (index) this.program.emit(Op.Save, (index << 1) + 1);
    this.canRepeat = true;
  }

  private failGroup(): void {
    const unit = this.peek();
    const isBehind = unit == 0x3c && (this.peek(1) == 0x3d || this.peek(1) == 0x21);
    if (unit == 0x3d || unit == 0x21) this.fail(utf8("a lookahead is not supported"));
    else if (isBehind) this.fail(utf8("a lookbehind is not supported"));
    else if (unit == 0x3c) this.fail(utf8("a named group is not supported"));
    else this.fail(utf8("a group of no known kind"));
  }

  private escape(): void {
    const unit = this.peek(1);
    if (unit == 0x62 || unit == 0x42) return this.assertion(Op.Boundary, 2, unit == 0x42 ? 1 : 0);
    if (<u32>(unit - 0x31) < 9 || unit == 0x6b) return this.fail(utf8("a backreference is not supported"));
    const set = escapedSet(unit);
    if (set) {
      this.at += 2;
      this.emitSet(set, false);
    } else {
      const character = this.escapedCharacter(false);
      if (character >= 0) this.emitCharacter(character);
    }
  }

  private escapedCharacter(isInClass: bool): i32 {
    if (this.peek(1) == 0x70 || this.peek(1) == 0x50) {
      this.fail(utf8("\\p is not supported"));
      return -1;
    }
    const character = escapedCharacter(this.pattern, this.at + 1, isInClass);
    if (character < 0) this.fail(utf8("an escape of no known kind"));
    else this.at = escapeEnd;
    return character;
  }

  private characterClass(): void {
    this.at++;
    const set = new CharSet();
    const isNegated = this.accept(0x5e);
    while (!this.isDone && this.peek() != 0x5d) {
      const first = this.member(set);
      if (this.peek() != 0x2d || this.peek(1) == 0x5d || this.peek(1) < 0) {
        if (first >= 0) set.add(first, first);
        continue;
      }
      this.at++;
      const last = this.member(set);
      if (first < 0 || last < first) this.fail(utf8("a range that is none"));
      else set.add(first, last);
    }
    if (!this.accept(0x5d)) this.fail(utf8("a [ without a ]"));
    this.emitSet(set, isNegated);
  }

  /** A character of a class; -1 after it added a whole set, or failed. */
  private member(set: CharSet): i32 {
    if (this.peek() != 0x5c) return this.takeCharacter();
    const escaped = escapedSet(this.peek(1));
    if (!escaped) return this.escapedCharacter(true);
    this.at += 2;
    set.addAll(escaped);
    return -1;
  }

  /** What may stand behind an atom whose instructions begin at `start`. @param group how many groups stand before it */
  private repetition(start: i32, group: i32): void {
    // On the way out of a pattern that is too large it would grow with each group.
    if (this.error.length) return;
    let least = 0;
    let most = UNBOUNDED;
    if (this.accept(0x2b)) least = 1;
    else if (this.accept(0x3f)) most = 1;
    else if (!this.accept(0x2a)) {
      if (this.peek() != 0x7b) return;
      this.at++;
      least = this.count();
      most = least;
      if (this.accept(0x2c)) most = this.peek() == 0x7d ? UNBOUNDED : this.count();
      if (!this.accept(0x7d) || least < 0 || most < least) return this.fail(utf8("a repetition that is none"));
      if (least > MOST_REPETITIONS || (most != UNBOUNDED && most > MOST_REPETITIONS)) {
        return this.fail(utf8("more than 1000 repetitions"));
      }
    }
    if (!this.canRepeat) return this.fail(utf8("nothing to repeat"));
    const isLazy = this.accept(0x3f);
    this.repeat(start, group, least, most, isLazy);
    this.isEmpty = this.isEmpty || !least;
  }

  private count(): i32 {
    let value = -1;
    for (let digit: u32 = this.peek() - 0x30; digit < 10; digit = this.peek() - 0x30) {
      value = min((value < 0 ? 0 : value * 10) + <i32>digit, 100000);
      this.at++;
    }
    return value;
  }

  private repeat(start: i32, group: i32, least: i32, most: i32, isLazy: bool): void {
    const program = this.program;
    // Each turn begins without what the turn before had in its groups (ECMA-262, section 22.2.2.3.1, step 4).
    for (let i = group + 1; i <= this.groups; i++) {
      program.insert(start, Op.Save, i << 1, i << 1);
      program.insert(start, Op.Save, (i << 1) + 1, (i << 1) + 1);
    }
    const length = program.length - start;
    for (let i = 1; i < least; i++) program.repeat(start, start + length);
    // What was written stands for one turn already.
    if (!least) this.optional(start, most == UNBOUNDED, isLazy);
    const written = max(least, 1);
    if (most == UNBOUNDED) {
      if (!least) return;
      if (!this.isEmpty) {
        // Back to the last turn.
        program.emit(Op.Split, isLazy ? 1 : -length, isLazy ? -length : 1);
        return;
      }
      // A turn without a character must not come again, but has to come first: it is written once more.
      const again = program.length;
      program.repeat(start, start + length);
      this.optional(again, true, isLazy);
    } else if (!most) {
      // {0}: nothing of it is left, though its groups are counted.
      program.code.length = start * WORDS;
    } else {
      const skip = least ? 0 : 1;
      for (let i = written; i < most && !program.isTooLarge; i++) {
        const again = program.length;
        program.repeat(start + skip, start + skip + length);
        this.optional(again, false, isLazy);
      }
    }
  }

  /** Makes what begins at `start` optional, and has it come again. */
  private optional(start: i32, isLoop: bool, isLazy: bool): void {
    const program = this.program;
    const behind = program.length - start + (isLoop ? 2 : 1);
    program.insert(start, Op.Split, isLazy ? behind : 1, isLazy ? 1 : behind);
    if (isLoop) program.emit(Op.Jump, start - program.length);
  }
}
