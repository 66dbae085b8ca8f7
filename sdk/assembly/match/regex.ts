import { Machine } from "./machine";
import { RegexParser } from "./parser";
import { Program } from "./program";

/**
 * A regular expression, matched in time that grows with the text alone: `(a+)+$` is as harmless as `a`.
 *
 *     const pattern = new Regex("^/users/([0-9]+)$");
 *     if (pattern.error.length) log.error(pattern.error);
 *     if (pattern.find(path)) log.info(pattern.group(1)!);
 *
 * The syntax is that of ECMA-262 with the flag `u`, as JSON Schema's `pattern` has it, without lookaheads and
 * lookbehinds, backreferences, named groups and `\p{…}`; `error` names what is not supported. A pattern matches
 * anywhere in the text unless it has `^` and `$`, which stand for start and end of the text. Made once, where the
 * filter is configured, it allocates nothing for a match but the groups that are asked for.
 */
export class Regex {
  /** What is wrong with the pattern, and where; `""` if nothing is. A wrong one matches nothing. */
  readonly error: string;
  private readonly machine: Machine;
  private readonly anchored: bool;
  private readonly groups: i32;
  private text: string = "";
  private isFound: bool = false;

  /** @param ignoreCase whether letters of ASCII match those of the other case; other letters never do */
  constructor(pattern: string, ignoreCase: bool = false) {
    const parser = new RegexParser(pattern, ignoreCase);
    parser.parse();
    this.error = parser.error;
    this.anchored = parser.isAnchored;
    this.groups = parser.groups;
    this.machine = new Machine(parser.error.length ? new Program() : parser.program);
  }

  /** Whether it matches somewhere in the text. The fastest to ask. */
  test(text: string): bool {
    return !this.error.length && this.machine.run(text, 0, this.anchored, false);
  }

  /** Looks for the first match, at or behind `from`; of several that begin there the one that JavaScript would take. */
  find(text: string, from: i32 = 0): bool {
    this.text = text;
    from = max(from, 0);
    this.isFound = !this.error.length && from <= text.length && this.machine.run(text, from, this.anchored, true);
    return this.isFound;
  }

  /** Where group `index` of the match found last begins, 0 being the whole; -1 if it took no part. */
  start(index: i32 = 0): i32 {
    return this.isFound && <u32>index <= <u32>this.groups ? this.machine.position(index << 1) : -1;
  }

  /** Where it ends; -1 if it took no part. */
  end(index: i32 = 0): i32 {
    return this.isFound && <u32>index <= <u32>this.groups ? this.machine.position((index << 1) + 1) : -1;
  }

  /** Its text; null if it took no part. */
  group(index: i32 = 0): string | null {
    const start = this.start(index);
    return start < 0 ? null : this.text.substring(start, this.end(index));
  }

  /** Instructions that the pattern became, and how many of them the last match looked at: at most size × (characters + 1). */
  get size(): i32 {
    return this.machine.size;
  }

  get steps(): u32 {
    return this.machine.steps;
  }
}
