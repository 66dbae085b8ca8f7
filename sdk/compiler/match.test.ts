import { beforeAll, describe, expect, test } from "vitest";
import { Library } from "./testdata/library.ts";
import { Random } from "./testdata/random.ts";

const GUEST = `
import { Glob, PrefixSet, Regex, SuffixSet } from "@asmfilter/sdk/match";
let regex = new Regex("");
export function compile(pattern: string, ignoreCase: bool): string { regex = new Regex(pattern, ignoreCase); return regex.error; }
export function matches(text: string): bool { return regex.test(text); }
export function find(text: string, from: i32): bool { return regex.find(text, from); }
export function start(group: i32): i32 { return regex.start(group); }
export function end(group: i32): i32 { return regex.end(group); }
export function group(index: i32): string | null { return regex.group(index); }
export function size(): i32 { return regex.size; }
export function steps(): u32 { return regex.steps; }

let glob: Glob | null = null;
export function parseGlob(pattern: string): bool { glob = Glob.parse(pattern); return glob !== null; }
export function globMatches(text: string): bool { return glob!.matches(text); }

let prefixes = new PrefixSet([]);
let suffixes = new SuffixSet([]);
export function setAll(list: string): void { prefixes = new PrefixSet(list.split(",")); suffixes = new SuffixSet(list.split(",")); }
export function prefixOf(text: string): i32 { return prefixes.indexOf(text); }
export function suffixOf(text: string): i32 { return suffixes.indexOf(text); }
`;

const random = new Random();
let library: Library;

const CHARACTERS = ["a", "b", "c", "A", "_", "1", "-", "é", "😀", "\n", " "];
const ATOMS = [
  "a",
  "b",
  "c",
  "A",
  "é",
  "😀",
  ".",
  "\\d",
  "\\w",
  "\\s",
  "\\D",
  "\\W",
  "\\S",
  "[ab]",
  "[^a]",
  "[a-c1]",
  "[^\\w]",
  "[\\s\\d-]",
  "\\x61",
  "\\u0062",
  "\\u{1f600}",
  "\\ud83d\\ude00",
  "\\.",
  "\\-".slice(1),
  "[]",
  "[^]",
];
const ASSERTIONS = ["^", "$", "\\b", "\\B"];
const REPETITIONS = ["*", "+", "?", "{2}", "{1,}", "{0,2}", "{1,3}", "{0}", "*?", "+?", "??", "{1,2}?"];

/** @param isPlain whether nothing that can be empty is repeated, where JavaScript's positions are its own */
function pattern(depth: number, isPlain: boolean): string {
  const term = () => {
    if (random.once(8)) return random.pick(ASSERTIONS);
    const isGroup = depth > 0 && random.once(3);
    const inner = isGroup ? pattern(depth - 1, isPlain) : "";
    const atom = isGroup ? `(${random.once(2) ? "?:" : ""}${inner})` : random.pick(ATOMS);
    const canRepeat = !isPlain || !isGroup || !new RegExp(`^(?:${inner})$`, "u").test("");
    return (
      atom +
      (random.once(3) && canRepeat && !(isPlain && isGroup && /[\^$]|\\[bB]/.test(inner))
        ? random.pick(REPETITIONS)
        : "")
    );
  };
  const sequence = () => Array.from({ length: random.below(4) }, term).join("");
  return Array.from({ length: 1 + random.below(3) }, sequence).join("|");
}
const subject = () => random.text(6, () => random.pick(CHARACTERS));

/** V8 finds empty matches between the halves of a pair, where ECMA-262 does not look (22.2.7.2, step 13.c). */
const isWithinPair = (text: string, match: RegExpExecArray | null) =>
  match !== null &&
  /^[\udc00-\udfff]/.test(text.slice(match.index)) &&
  /[\ud800-\udbff]$/.test(text.slice(0, match.index));

describe.each(["lean", "bodies"] as const)("in memory of the kind %s", (memory) => {
  beforeAll(async () => {
    library = await Library.of(GUEST, memory);
  });

  test("random patterns match what they match in Node", () => {
    let matches = 0;
    for (let i = 0; i < 500; i++) {
      const text = pattern(2, false);
      const ignoreCase = random.once(3);
      expect(library.text("compile", text, ignoreCase), text).toBe("");
      const oracle = new RegExp(text, ignoreCase ? "iu" : "u");
      for (let j = 0; j < 8; j++) {
        const some = subject();
        const match = oracle.exec(some);
        if (isWithinPair(some, match)) continue;
        const expected = match !== null;
        if (expected) matches++;
        expect(library.number("matches", some), `/${text}/ on ${JSON.stringify(some)}`).toBe(Number(expected));
        expect(library.number("find", some, 0), `/${text}/ on ${JSON.stringify(some)}`).toBe(Number(expected));
      }
    }
    expect(matches).toBeGreaterThan(300);
  });

  test("matches and groups lie where they lie in Node, unless what is repeated can be empty", () => {
    for (let i = 0; i < 500; i++) {
      const text = pattern(2, true);
      expect(library.text("compile", text, false), text).toBe("");
      const oracle = new RegExp(text, "du");
      for (let j = 0; j < 5; j++) {
        const some = subject();
        const expected = oracle.exec(some);
        if (isWithinPair(some, expected)) continue;
        library.number("find", some, 0);
        expected?.indices?.forEach((range, group) => {
          const found = [library.number("start", group), library.number("end", group)];
          expect(found, `group ${group} of /${text}/ on ${JSON.stringify(some)}`).toEqual(range ?? [-1, -1]);
        });
      }
    }
  });

  test("random patterns of any characters are refused where Node refuses them, or have a feature that is not supported", () => {
    const pieces = [..."ab(){}[]*+?^$|\\.-,0129:=!<>xu/", "\\u{", "(?:", "(?<", "\\p{L}", "😀"];
    let refused = 0;
    for (let i = 0; i < 5000; i++) {
      const text = random.text(7, () => random.pick(pieces));
      const error = library.text("compile", text, false)!;
      let isRight = true;
      try {
        new RegExp(text, "u");
      } catch {
        isRight = false;
      }
      if (/not supported|repetitions/.test(error)) continue;
      expect(error === "", `/${text}/ ${error}`).toBe(isRight);
      if (!isRight) refused++;
    }
    expect(refused).toBeGreaterThan(300);
  });

  test("a pattern as deep and as lazy as can be neither traps nor overflows", () => {
    for (const text of [
      `${"a*?".repeat(600)}b`,
      `${"(".repeat(50)}a${")".repeat(50)}`,
      `(?:${"()".repeat(200)}){2}b`,
      "a??".repeat(900),
    ]) {
      expect(library.text("compile", text, false)).toBe("");
      library.number("matches", "aaaa");
      library.number("find", "aaab", 0);
    }
  });
});

describe("regular expressions", () => {
  beforeAll(async () => {
    library = await Library.of(GUEST);
  });

  test.each([
    ["(a+)+$", `${"a".repeat(5000)}!`],
    ["(a|aa)+$", `${"a".repeat(5000)}!`],
    ["(?:a?){50}a{50}$", `${"a".repeat(5000)}!`],
    ["(.*)(.*)(.*)(.*)(.*)x$", "y".repeat(5000)],
    ["([a-z]+)*[0-9]$", "abc".repeat(2000)],
  ])("%s looks at each instruction once a character, whatever the text", (text, some) => {
    expect(library.text("compile", text, false)).toBe("");
    for (const call of ["matches", "find"]) {
      expect(library.number(call, some, 0)).toBe(0);
      expect(library.number("steps")).toBeLessThanOrEqual(library.number("size") * (some.length + 1));
    }
  });

  test.each([
    ["a(?=b)", "a lookahead is not supported, at 3"],
    ["(?!b)", "a lookahead is not supported, at 2"],
    ["(?<=a)b", "a lookbehind is not supported, at 2"],
    ["(?<name>a)", "a named group is not supported, at 2"],
    ["(a)\\1", "a backreference is not supported, at 3"],
    ["\\p{L}", "\\p is not supported, at 0"],
    ["a{1001}", "more than 1000 repetitions, at 7"],
    ["(a{1000}){1000}", "the pattern is too large, at 15"],
    ["((((((((((a*)*)+)+)+)+)+)+)+)+)+", "the pattern is too large, at 28"],
    ["(".repeat(51), "more than 50 groups in each other, at 51"],
    ["()".repeat(201), "more than 200 groups, at 401"],
    ["a".repeat(4001), "the pattern is longer than 4000 characters, at 0"],
    ["a)", "a ) without a (, at 1"],
    ["(a", "a ( without a ), at 2"],
    ["[a", "a [ without a ], at 2"],
    ["*", "nothing to repeat, at 0"],
    ["[b-a]", "a range that is none, at 4"],
  ])("of %s it is said what is wrong", (text, error) => {
    expect(library.text("compile", text, false)).toBe(error);
    expect(library.number("matches", "a")).toBe(0);
    expect(library.number("find", "a", 0)).toBe(0);
    expect(library.text("group", 0)).toBeNull();
  });

  test("a pattern that is too large is given up at once, and takes no memory as if it were not", async () => {
    const own = await Library.of(GUEST);
    // Each of these groups is written once for each star around it.
    const groups = "()".repeat(200);
    const text = `${"(?:".repeat(45)}${groups}${groups.replaceAll("()", "a")}${")*".repeat(45)}`;
    const start = performance.now();
    expect(own.text("compile", text, false)).toMatch(/^the pattern is too large/);
    expect(performance.now() - start).toBeLessThan(1000);
    expect(own.memorySize).toBeLessThan(4 << 20);
  });

  test("a class of thousands of members takes no more memory than they do", async () => {
    const own = await Library.of(GUEST);
    const members = Array.from({ length: 1900 }, (_, i) => String.fromCharCode(0x4000 + 2 * ((i * 7) % 1900))).join("");
    expect(own.text("compile", `^[${members}]$`, false)).toBe("");
    expect(own.number("matches", "\u4000")).toBe(1);
    expect(own.number("matches", "\u4001")).toBe(0);
    expect(own.number("matches", String.fromCharCode(0x4000 + 2 * 1899))).toBe(1);
    expect(own.memorySize).toBeLessThan(2 << 20);
  });

  test("a search from before the text begins where the text does", () => {
    library.text("compile", "^a", false);
    expect(library.number("find", "ab", -5)).toBe(1);
    expect(library.number("find", "aa", 1)).toBe(0);
  });

  test("a search can go on behind the last match", () => {
    library.text("compile", "[0-9]+", false);
    const found: string[] = [];
    for (let at = 0; library.number("find", "a1b22c333", at); at = library.number("end", 0))
      found.push(library.text("group", 0)!);
    expect(found).toEqual(["1", "22", "333"]);
  });

  test("without case only letters of ASCII are the same", () => {
    library.text("compile", "^straße-[a-f]$", true);
    expect(library.number("matches", "STRAßE-B")).toBe(1);
    library.text("compile", "é", true);
    expect(library.number("matches", "É")).toBe(0);
  });
});

describe("globs", () => {
  beforeAll(async () => {
    library = await Library.of(GUEST);
  });

  /** By Node's regular expressions. */
  const oracle = (glob: string) =>
    new RegExp(
      `^(?:${glob.replace(/\*\*+|[*?]|\[!?[^\]]*\]|./gsu, (part) =>
        part.startsWith("**")
          ? "[^]*"
          : part === "*"
            ? "[^/]*"
            : part === "?"
              ? "[^/]"
              : part.startsWith("[")
                ? part.replace("[!", "[^/")
                : part.replace(/[\\^$.|+(){}/]/, "\\$&"),
      )})$`,
      "u",
    );

  test("random globs match what the same regular expression matches", () => {
    const pieces = ["a", "b", "/", ".", "*", "**", "?", "[ab]", "[!a]", "[a-c]", "😀", "a/", "+", "$"];
    const characters = ["a", "b", "c", "/", ".", "😀", "+", "$", "\n"];
    for (let i = 0; i < 600; i++) {
      const text = random.text(6, () => random.pick(pieces));
      expect(library.number("parseGlob", text), text).toBe(1);
      for (let j = 0; j < 6; j++) {
        const some = random.text(6, () => random.pick(characters));
        expect(library.number("globMatches", some), `${text} on ${JSON.stringify(some)}`).toBe(
          Number(oracle(text).test(some)),
        );
      }
    }
  });

  test.each([
    ["/static/**/*.png", "/static/a/b/c.png", true],
    ["/static/**/*.png", "/static/c.png", false],
    ["/static/**.png", "/static/c.png", true],
    ["/users/*/posts", "/users/1/2/posts", false],
    ["[]a]", "]", true],
    ["[!]a]", "b", true],
    ["[a-]", "-", true],
    ["[+-0]", "/", false],
    ["[!a]", "/", false],
    ["[\\]]", "]", true],
    ["\\*", "*", true],
    ["\\*", "a", false],
    ["", "", true],
    ["", "a", false],
  ])("%s on %s: %s", (glob, text, expected) => {
    expect(library.number("parseGlob", glob)).toBe(1);
    expect(library.number("globMatches", text)).toBe(Number(expected));
  });

  test.each(["[a", "[", "[!", "a\\", "[b-a]", "[a\\", "*".repeat(4001)])("%s is none", (glob) => {
    expect(library.number("parseGlob", glob)).toBe(0);
  });
});

test("sets of prefixes and suffixes find the longest", async () => {
  library = await Library.of(GUEST);
  for (let i = 0; i < 500; i++) {
    const list = Array.from({ length: 1 + random.below(8) }, () => random.text(5, () => random.pick("ab/é")));
    library.number("setAll", list.join(","));
    for (let j = 0; j < 6; j++) {
      const text = random.text(7, () => random.pick("ab/é"));
      const longest = (fits: (entry: string) => boolean) => {
        const best = Math.max(...list.filter(fits).map((entry) => entry.length));
        return list.findIndex((entry) => fits(entry) && entry.length === best);
      };
      expect(library.number("prefixOf", text), `${list} of ${text}`).toBe(longest((entry) => text.startsWith(entry)));
      expect(library.number("suffixOf", text), `${list} of ${text}`).toBe(longest((entry) => text.endsWith(entry)));
    }
  }
});
