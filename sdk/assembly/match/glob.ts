import { CharSet } from "./charset";
import { Machine } from "./machine";
import { LONGEST, Op, Program } from "./program";

const LAST: i32 = 0x10ffff;
const SLASH: i32 = 0x2f;

/**
 * A pattern for a whole path or name:
 *
 * | | matches |
 * |---|---|
 * | `*` | any number of characters but `/` |
 * | `**` | any number of characters |
 * | `?` | one character but `/` |
 * | `[a-z_]`, `[!0-9]` | one of them, or one that is none of them nor `/`; `]` can be the first |
 * | `\*` | the character behind the backslash |
 *
 * Everything else matches itself. Matching takes time in proportion to the text, whatever the pattern, and allocates nothing.
 */
export class Glob {
  private constructor(private readonly machine: Machine) {}

  /** Null for a class without end or with a range that goes backwards, a backslash at the end, or a pattern of more than 2,000 characters, of which each star counts as three. */
  static parse(pattern: string): Glob | null {
    const program = new Program();
    const length = pattern.length;
    if (length > LONGEST) return null;
    let at = 0;
    while (at < length) {
      let unit = pattern.codePointAt(at++);
      if (unit > 0xffff) at++;
      if (unit == 0x2a) {
        const isDeep = at < length && pattern.charCodeAt(at) == 0x2a;
        while (at < length && pattern.charCodeAt(at) == 0x2a) at++;
        program.emit(Op.Split, 1, 3);
        anyBut(program, !isDeep);
        program.emit(Op.Jump, -2);
      } else if (unit == 0x3f) {
        anyBut(program, true);
      } else if (unit == 0x5b) {
        at = parseClass(program, pattern, at);
        if (at < 0) return null;
      } else {
        if (unit == 0x5c) {
          if (at == length) return null;
          unit = pattern.codePointAt(at++);
          if (unit > 0xffff) at++;
        }
        program.emit(Op.Char, unit, unit);
      }
      if (program.isTooLarge) return null;
    }
    program.emit(Op.End);
    program.emit(Op.Match);
    return new Glob(new Machine(program));
  }

  /** Whether the whole text is what the pattern says. */
  matches(text: string): bool {
    return this.machine.run(text, 0, true, false);
  }
}

function anyBut(program: Program, exceptSlash: bool): void {
  program.emit(Op.Set, program.beginSet());
  if (exceptSlash) {
    program.addRange(0, SLASH - 1);
    program.addRange(SLASH + 1, LAST);
  } else {
    program.addRange(0, LAST);
  }
}

/** Returns the position behind the class that begins before `at`; -1 if it is none. */
function parseClass(program: Program, pattern: string, at: i32): i32 {
  const length = pattern.length;
  const isNegated = at < length && (pattern.charCodeAt(at) == 0x21 || pattern.charCodeAt(at) == 0x5e);
  if (isNegated) at++;
  const set = new CharSet();
  for (const start = at; at < length && (pattern.charCodeAt(at) != 0x5d || at == start); ) {
    const first = memberAt(pattern, at);
    at = memberEnd;
    let last = first;
    if (at + 1 < length && pattern.charCodeAt(at) == 0x2d && pattern.charCodeAt(at + 1) != 0x5d) {
      last = memberAt(pattern, at + 1);
      at = memberEnd;
    }
    if (first < 0 || last < first) return -1;
    set.add(first, last);
  }
  if (at >= length) return -1;
  // Neither kind matches a slash: a path's segments stay apart.
  if (isNegated) set.add(SLASH, SLASH);
  else set.remove(SLASH);
  program.emit(Op.Set, program.beginSet());
  set.writeTo(program, isNegated);
  return at + 1;
}

let memberEnd = 0;

function memberAt(pattern: string, at: i32): i32 {
  if (pattern.charCodeAt(at) == 0x5c && ++at == pattern.length) return -1;
  const unit = pattern.codePointAt(at);
  memberEnd = at + (unit > 0xffff ? 2 : 1);
  return unit;
}
