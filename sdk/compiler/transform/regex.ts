/** Regular expressions of ECMA-262 with the flag `u`, as JSON Schema has them, as far as an automaton can decide them. */

/** Code points from the first to the last, both included. */
export type Span = readonly [first: number, last: number];

export type Regex =
  | { kind: "set"; spans: Span[] }
  | { kind: "all" | "any"; parts: Regex[] }
  | { kind: "repeat"; part: Regex; least: number; most: number }
  | { kind: "start" | "end" };

export const LAST_CODE_POINT = 0x10ffff;

const DIGITS: Span[] = [[0x30, 0x39]];
const WORD: Span[] = [...DIGITS, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]];
// biome-ignore format: a table
const LINE_ENDS: Span[] = [[0x0a, 0x0a], [0x0d, 0x0d], [0x2028, 0x2029]]
// biome-ignore format: a table
const SPACES: Span[] = [
  [0x09, 0x0d], [0x20, 0x20], [0xa0, 0xa0], [0x1680, 0x1680], [0x2000, 0x200a], [0x2028, 0x2029], [0x202f, 0x202f],
  [0x205f, 0x205f], [0x3000, 0x3000], [0xfeff, 0xfeff],
]
const CLASSES: Record<string, Span[]> = { d: DIGITS, w: WORD, s: SPACES };
const CONTROLS: Record<string, number> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 };

/** What is in none of the spans. */
function without(spans: readonly Span[]): Span[] {
  let next = 0;
  const rest: Span[] = [];
  for (const [first, last] of [...spans].sort((a, b) => a[0] - b[0])) {
    if (first > next) rest.push([next, first - 1]);
    next = Math.max(next, last + 1);
  }
  if (next <= LAST_CODE_POINT) rest.push([next, LAST_CODE_POINT]);
  return rest;
}

/** @throws {Error} where the text is no expression, or one that only backtracking could decide */
export function parseRegex(pattern: string): Regex {
  // The engine knows the whole grammar; from here on only what is valid has to be told apart.
  new RegExp(pattern, "u");
  return new RegexParser([...pattern]).parse();
}

class RegexParser {
  readonly #text: readonly string[];
  #at = 0;

  constructor(text: readonly string[]) {
    this.#text = text;
  }

  parse(): Regex {
    const parts = [this.#sequence()];
    while (this.#skip("|")) parts.push(this.#sequence());
    return { kind: "any", parts };
  }

  #skip(text: string): boolean {
    const found = [...text].every((each, i) => this.#text[this.#at + i] === each);
    if (found) this.#at += text.length;
    return found;
  }

  #take(): string {
    return this.#text[this.#at++] ?? "";
  }

  #sequence(): Regex {
    const parts: Regex[] = [];
    while (this.#at < this.#text.length && !["|", ")"].includes(this.#text[this.#at] ?? "")) {
      parts.push(this.#quantified(this.#atom()));
    }
    return { kind: "all", parts };
  }

  #quantified(part: Regex): Regex {
    const bounds = this.#quantifier();
    if (!bounds) return part;
    // What is greedy and what is not admits the same texts.
    this.#skip("?");
    return { kind: "repeat", part, least: bounds[0], most: bounds[1] };
  }

  #quantifier(): [number, number] | undefined {
    if (this.#skip("*")) return [0, Number.POSITIVE_INFINITY];
    if (this.#skip("+")) return [1, Number.POSITIVE_INFINITY];
    if (this.#skip("?")) return [0, 1];
    if (!this.#skip("{")) return undefined;
    const least = this.#number();
    const most = !this.#skip(",") ? least : this.#text[this.#at] === "}" ? Number.POSITIVE_INFINITY : this.#number();
    this.#skip("}");
    return [least, most];
  }

  #number(): number {
    let digits = "";
    while (/^\d$/.test(this.#text[this.#at] ?? "")) digits += this.#take();
    return Number(digits);
  }

  #atom(): Regex {
    const character = this.#take();
    if (character === "^") return { kind: "start" };
    if (character === "$") return { kind: "end" };
    if (character === ".") return { kind: "set", spans: without(LINE_ENDS) };
    if (character === "[") return { kind: "set", spans: this.#class() };
    if (character === "\\") return { kind: "set", spans: this.#escape() };
    if (character === "(") return this.#group();
    return { kind: "set", spans: one(character) };
  }

  #group(): Regex {
    if (this.#skip("?")) {
      const isNamed = this.#text[this.#at] === "<" && !["=", "!"].includes(this.#text[this.#at + 1] ?? "");
      if (isNamed) while (this.#take() !== ">");
      else if (!this.#skip(":")) throw new Error("it looks ahead or behind");
    }
    const group = this.parse();
    this.#skip(")");
    return group;
  }

  #class(): Span[] {
    const isNegated = this.#skip("^");
    const spans: Span[] = [];
    while (!this.#skip("]")) {
      const from = this.#classAtom();
      const [first] = from;
      if (this.#text[this.#at] === "-" && this.#text[this.#at + 1] !== "]") {
        this.#at++;
        const [to] = this.#classAtom();
        if (first && to) spans.push([first[0], to[1]]);
      } else spans.push(...from);
    }
    return isNegated ? without(spans) : spans;
  }

  #classAtom(): Span[] {
    const character = this.#take();
    if (character !== "\\") return one(character);
    return this.#skip("b") ? [[8, 8]] : this.#escape();
  }

  #escape(): Span[] {
    const letter = this.#take();
    const known = CLASSES[letter.toLowerCase()];
    if (known) return letter === letter.toLowerCase() ? known : without(known);
    const control = CONTROLS[letter];
    if (control !== undefined) return [[control, control]];
    if (letter === "x") return this.#hex(2);
    if (letter === "u") return this.#unicode();
    if (letter === "c") return one(String.fromCharCode(this.#take().charCodeAt(0) % 32));
    if (/[a-zA-Z1-9]/.test(letter)) throw new Error(`it has \\${letter}`);
    return one(letter);
  }

  #hex(digits: number): Span[] {
    const code = Number.parseInt(this.#text.slice(this.#at, this.#at + digits).join(""), 16);
    this.#at += digits;
    return [[code, code]];
  }

  #unicode(): Span[] {
    if (!this.#skip("{")) {
      const [[high] = [0]] = this.#hex(4);
      if ((high & 0xfc00) !== 0xd800 || !this.#skip("\\u")) return [[high, high]];
      const [[low] = [0]] = this.#hex(4);
      const code = 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff);
      return [[code, code]];
    }
    let digits = "";
    while (!this.#skip("}")) digits += this.#take();
    const code = Number.parseInt(digits, 16);
    return [[code, code]];
  }
}

function one(character: string): Span[] {
  const code = character.codePointAt(0) ?? 0;
  return [[code, code]];
}
