import { expect, test } from "vitest";
import { type Automaton, compilePattern } from "./transform/pattern.ts";

function accepts({ classes, states }: Automaton, text: string): boolean {
  let state = states[0];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const index = classes.findLastIndex((first) => first <= code);
    state = states[state?.next[index] ?? 0];
  }
  return state?.accepts ?? false;
}

const TEXTS = [
  "",
  "a",
  "b",
  "ab",
  "ba",
  "aab",
  "abc",
  "x-hello",
  "X-Hello",
  "a1",
  "1",
  "12",
  "123",
  "a.b",
  "a\nb",
  "é",
];
const MORE = [
  "😀",
  "a😀b",
  "-",
  "^",
  "$",
  "]",
  "\\",
  "/api",
  "/",
  "aaa",
  "aaaa",
  "abab",
  " ",
  "\u2028",
  "_",
  "a b",
  "\0",
];

test.each([
  "",
  "a",
  "^a",
  "a$",
  "^a$",
  "^$",
  "^",
  "$",
  "a|b",
  "^(a|b)$",
  "^a|b$",
  "^a*$",
  "a+",
  "^a?b$",
  "^a{2}$",
  "^a{2,}$",
  "^a{1,3}$",
  "^(?:ab){2}$",
  "^(?<n>ab)+$",
  "^[a-z-]+$",
  "^[^a]$",
  "^[\\w-]+$",
  "^\\d+$",
  "\\D",
  "^\\S*$",
  "\\s",
  "^.$",
  "^a.b$",
  "[]",
  "[^]",
  "^[\\]\\\\^$]$",
  "^\\u{1f600}$",
  "^\\ud83d\\ude00$",
  "\\x61",
  "\\0",
  "^(a*)*$",
  "(a|ab)(c|bcd)?$",
  "^/",
  "^\\/api",
  "[.]",
  "^a{0}$",
  "a??b",
  "^(^a)",
  "(a$)|b",
  "^[a-b1-2]*?$",
])("%s admits what the engine's own expression does", (pattern) => {
  const automaton = compilePattern(pattern);
  for (const text of [...TEXTS, ...MORE]) {
    expect(accepts(automaton, text), JSON.stringify(text)).toBe(new RegExp(pattern, "u").test(text));
  }
});

test.each([
  ["(?=a)", "it looks ahead or behind"],
  ["(?<!a)b", "it looks ahead or behind"],
  ["(a)\\1", "it has \\1"],
  ["a\\b", "it has \\b"],
  ["\\p{L}", "it has \\p"],
  ["^(a|b)*a(a|b){9}$", "it needs more than 255 states"],
  ["a{300}", "it repeats a part more than 255 times"],
  ["(", "Invalid regular expression"],
])("%s is refused: %s", (pattern, reason) => {
  expect(() => compilePattern(pattern)).toThrow(reason);
});
