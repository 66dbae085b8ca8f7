/** A stranger's text on one line of a terminal, at most `length` characters of it. */
export function printable(text: string, length = 300): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return line.length > length ? `${line.slice(0, length)}…` : line;
}
