/**
 * Looks for bytes in a stream of pieces. Between two pieces it keeps one number: how many bytes of the wanted ones the last
 * bytes are (Knuth, Morris and Pratt). So each byte is looked at once, and no piece is kept.
 */
export class Search {
  /** For each number of bytes that matched, how many of them still do where the next does not. */
  private readonly fallback: StaticArray<i32>;
  private matched: i32 = 0;

  /** @param wanted at least one byte */
  constructor(private readonly wanted: Uint8Array) {
    const fallback = new StaticArray<i32>(wanted.length + 1);
    for (let i = 1, matched = 0; i < wanted.length; i++) {
      while (matched > 0 && wanted[i] != wanted[matched]) matched = fallback[matched];
      if (wanted[i] == wanted[matched]) matched++;
      fallback[i + 1] = matched;
    }
    this.fallback = fallback;
  }

  /** Whether what is wanted has come, whole, by the end of this piece. */
  feed(piece: Uint8Array): bool {
    const wanted = this.wanted;
    let matched = this.matched;
    for (let i = 0; i < piece.length; i++) {
      while (matched > 0 && piece[i] != wanted[matched]) matched = this.fallback[matched];
      if (piece[i] == wanted[matched] && ++matched == wanted.length) return true;
    }
    this.matched = matched;
    return false;
  }
}
