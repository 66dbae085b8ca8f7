/** Whether the character is one of those. Allocates nothing, unlike `includes` of a string made from it. */
export function isOneOf(unit: i32, characters: string): bool {
  for (let i = 0; i < characters.length; i++) if (characters.charCodeAt(i) == unit) return true;
  return false;
}

/** Whether it is a letter or digit of ASCII. */
export function isAlphanumeric(unit: u32): bool {
  return (unit | 0x20) - 0x61 < 26 || unit - 0x30 < 10;
}

/** The text with letters of ASCII in lower case. `toLowerCase` of the language knows all of Unicode, in 8 KB. */
export function lowerCase(text: string): string {
  const size = <usize>text.length << 1;
  const lower = __new(size, idof<String>());
  for (let i: usize = 0; i < size; i += 2) {
    const unit: u32 = load<u16>(changetype<usize>(text) + i);
    store<u16>(lower + i, unit - 0x41 < 26 ? unit + 0x20 : unit);
  }
  return changetype<string>(lower);
}
