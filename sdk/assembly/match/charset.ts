import { Program } from "./program";

const LAST: i32 = 0x10ffff;

/** A set of characters: ranges, sorted and apart from each other. */
export class CharSet {
  /** First and last of each range. */
  private ranges: i32[] = [];

  add(first: i32, last: i32): void {
    const ranges = this.ranges;
    const length = ranges.length;
    let start = 0;
    while (start < length && ranges[start + 1] < first - 1) start += 2;
    let end = start;
    for (; end < length && ranges[end] <= last + 1; end += 2) {
      first = min(first, ranges[end]);
      last = max(last, ranges[end + 1]);
    }
    // What the range meets gives way to it, in place: a class may have thousands of members.
    if (start == end) push(ranges, 0, 0);
    memory.copy(ranges.dataStart + ((<usize>start + 2) << 2), ranges.dataStart + (<usize>end << 2), (length - end) << 2);
    ranges.length = length - end + start + 2;
    ranges[start] = first;
    ranges[start + 1] = last;
  }

  addAll(other: CharSet): void {
    for (let i = 0; i < other.ranges.length; i += 2) this.add(other.ranges[i], other.ranges[i + 1]);
  }

  remove(character: i32): void {
    const rest = this.inverted();
    rest.add(character, character);
    this.ranges = rest.inverted().ranges;
  }

  inverted(): CharSet {
    const ranges = this.ranges;
    const rest = new CharSet();
    let next = 0;
    for (let i = 0; i < ranges.length; i += 2) {
      if (ranges[i] > next) push(rest.ranges, next, ranges[i] - 1);
      next = ranges[i + 1] + 1;
    }
    if (next <= LAST) push(rest.ranges, next, LAST);
    return rest;
  }

  /** Adds the other case of each letter of ASCII. */
  addCases(): void {
    const ranges = this.ranges.slice();
    for (let i = 0; i < ranges.length; i += 2) {
      this.addShifted(ranges[i], ranges[i + 1], 0x41, 0x20);
      this.addShifted(ranges[i], ranges[i + 1], 0x61, -0x20);
    }
  }

  private addShifted(first: i32, last: i32, letter: i32, distance: i32): void {
    first = max(first, letter);
    last = min(last, letter + 25);
    if (first <= last) this.add(first + distance, last + distance);
  }

  writeTo(program: Program, isNegated: bool): void {
    const ranges = isNegated ? this.inverted().ranges : this.ranges;
    for (let i = 0; i < ranges.length; i += 2) program.addRange(ranges[i], ranges[i + 1]);
  }
}

function push(ranges: i32[], first: i32, last: i32): void {
  ranges.push(first);
  ranges.push(last);
}
