/** What the decorators of a field forbid. The compiler writes calls of these, and what was expected as a text. */
import { literalBytes, literalLength, utf8 } from "../memory/text";
import { readText, textAt, textLength } from "./cursor";
import { fail } from "./failure";

/** Refuses the value that was read, unless the condition holds. */
export function require(holds: bool, expected: usize): void {
  if (!holds) fail(expected);
}

/** Characters of a text, as JSON Schema counts them: a pair of surrogates is one (RFC 8259, section 7). */
export function countCharacters(text: string): i32 {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    const isPair = (text.charCodeAt(i) & 0xfc00) == 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) == 0xdc00;
    if (isPair) count--;
  }
  return count;
}

/** The place of the text that was read last among choices; -1 if it is none. A comma and a space stand between them. */
function choiceOf(choices: usize): i32 {
  let from = literalBytes(choices);
  const end = from + literalLength(choices);
  for (let index = 0; from <= end; index++) {
    let to = from;
    while (to < end && (to + 1 == end || load<u16>(to) != 0x202c)) to++;
    if (to - from == textLength && !memory.compare(from, textAt, textLength)) return index;
    from = to + 2;
  }
  return -1;
}

/** Reads a text that is one of the choices, as its place among them. */
export function readChoice(choices: usize): i32 {
  const index = readText() ? choiceOf(choices) : -1;
  if (index < 0) fail(utf8("expected one of "), choices);
  return max(index, 0);
}

/** Refuses the text that was read unless it is one of the choices. */
export function requireChoice(choices: usize): void {
  if (choiceOf(choices) < 0) fail(utf8("expected one of "), choices);
}

/**
 * Whether the automaton that the compiler made of a pattern accepts the text: the number of classes of characters, the
 * first character of each in four bytes, and for each state whether a text may end there, and the next one by class.
 */
export function matches(text: string, automaton: usize): bool {
  const classes: u32 = load<u8>(automaton);
  const firsts = automaton + 1;
  const states = firsts + (classes << 2);
  let state = states;
  for (let i = 0; i < text.length; i++) {
    const character = text.codePointAt(i);
    if (character > 0xffff) i++;
    let which = classes - 1;
    while (load<u32>(firsts + (which << 2)) > <u32>character) which--;
    state = states + load<u8>(state + 1 + which) * (classes + 1);
  }
  return load<u8>(state) != 0;
}
