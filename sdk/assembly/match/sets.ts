/**
 * Prefixes, of which it is found in one go which one a text begins with, however many there are.
 *
 *     const routes = new PrefixSet(["/api/", "/api/admin/"]);
 *     routes.indexOf("/api/admin/users"); // 1: the longest
 *
 * Made once, where the filter is configured; asking allocates nothing.
 */
export class PrefixSet {
  private readonly entries: Entries;

  constructor(prefixes: string[]) {
    this.entries = new Entries(prefixes, false);
  }

  /** Whether the text begins with one of them. */
  has(text: string): bool {
    return this.entries.longest(text) >= 0;
  }

  /** The index, in the list that the set was made from, of the longest that the text begins with; -1 if none. */
  indexOf(text: string): i32 {
    return this.entries.longest(text);
  }
}

/** As {@link PrefixSet}, for what texts end with: of `[".com", ".example.com"]` `a.example.com` has the second. */
export class SuffixSet {
  private readonly entries: Entries;

  constructor(suffixes: string[]) {
    this.entries = new Entries(suffixes, true);
  }

  /** Whether the text ends with one of them. */
  has(text: string): bool {
    return this.entries.longest(text) >= 0;
  }

  /** The index of the longest that the text ends with; -1 if none. */
  indexOf(text: string): i32 {
    return this.entries.longest(text);
  }
}

class Entries {
  /** Sorted, each without its duplicates. */
  private readonly texts: string[] = [];
  private readonly indices: i32[] = [];
  /** For each the place of the longest other that it begins with; -1 if none. */
  private readonly shorter: i32[] = [];

  constructor(texts: string[], private readonly fromEnd: bool) {
    for (let i = 0; i < texts.length; i++) {
      const place = this.placeOf(texts[i]);
      // Of two equal ones the first is told.
      if (place > 0 && this.texts[place - 1] == texts[i]) continue;
      insert<string>(this.texts, place, texts[i]);
      insert<i32>(this.indices, place, i);
    }
    for (let i = 0; i < this.texts.length; i++) {
      // What the one before begins with is all that this one could begin with, beside that one itself.
      let other = i - 1;
      while (other >= 0 && this.common(this.texts[other], this.texts[i]) < this.texts[other].length) {
        other = this.shorter[other];
      }
      this.shorter.push(other);
    }
  }

  longest(text: string): i32 {
    let place = this.placeOf(text) - 1;
    if (place < 0) return -1;
    // All that the text begins with is what the last entry not behind it begins with, as far as the two are the same.
    const common = this.common(this.texts[place], text);
    while (place >= 0 && this.texts[place].length > common) place = this.shorter[place];
    return place < 0 ? -1 : this.indices[place];
  }

  /** How many entries are not behind the text in the order. */
  private placeOf(text: string): i32 {
    let low = 0;
    let high = this.texts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.isBehind(this.texts[middle], text)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private isBehind(a: string, b: string): bool {
    const common = this.common(a, b);
    if (common == b.length) return a.length > common;
    return common < a.length && this.unit(a, common) > this.unit(b, common);
  }

  /** How many characters both begin with. */
  private common(a: string, b: string): i32 {
    const length = min(a.length, b.length);
    let i = 0;
    while (i < length && this.unit(a, i) == this.unit(b, i)) i++;
    return i;
  }

  private unit(text: string, index: i32): i32 {
    return load<u16>(changetype<usize>(text) + (<usize>(this.fromEnd ? text.length - 1 - index : index) << 1));
  }
}

function insert<T>(list: T[], place: i32, value: T): void {
  list.push(value);
  const at = list.dataStart + (<usize>place << alignof<T>());
  memory.copy(at + sizeof<T>(), at, <usize>(list.length - 1 - place) << alignof<T>());
  list[place] = value;
}
