/** A text for a message, cut where it is long: names and values may be a stranger's, and a condition holds 32 KiB. */
export function bounded(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}
