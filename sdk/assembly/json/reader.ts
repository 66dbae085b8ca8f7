import { parseDecimal } from "./decimal";
import { endsValue, Token } from "./token";
import { Scanner, Scanned } from "./scanner";
import { textBetween } from "./text";

/** What the grammar allows next. */
enum Expect {
  Value,
  /** Or the end of the array, which has just begun. */
  ElementOrEnd,
  KeyOrEnd,
  Key,
  Colon,
  /** Or the end of what is open. */
  Comma,
  Nothing,
}

/**
 * Reads JSON token by token, from bytes that come piece by piece:
 *
 *     reader.feed(body.bytes());
 *     if (endOfStream) reader.finish();
 *     for (let token = reader.next(); token != Token.More; token = reader.next()) {
 *       if (token == Token.End || token == Token.Failed) break;
 *       if (token == Token.Key && !reader.textIs("id")) reader.skip();
 *     }
 *
 * The text must be UTF-8, and nothing is accepted that RFC 8259 does not have: no comments, no byte order mark. The
 * same key may come twice. Time grows with the bytes alone, however they are cut; memory is one byte for each level
 * of `maxDepth`, and what a string or number takes that is not whole yet. A piece is read where it is, so do not
 * change it before `next` gave {@link Token.More}.
 */
export class JsonReader extends Scanner {
  /** The token that `next` gave last, other than {@link Token.More}. */
  token: Token = Token.More;
  /** How many objects and arrays are open. */
  depth: i32 = 0;
  /** Where what was skipped last ends, in bytes from the beginning of the document. */
  skippedTo: u32 = 0;
  private expect: Expect = Expect.Value;
  private finished: bool = false;
  private tooDeep: bool = false;
  private skipDepth: i32 = -1;
  private readonly levels: StaticArray<bool>;

  /** @param maxDepth how many objects and arrays may be open at once; deeper documents are refused */
  constructor(maxDepth: i32 = 64) {
    super();
    this.levels = new StaticArray<bool>(maxDepth);
  }

  /** Begins another document. */
  reset(): void {
    this.restart();
    this.token = Token.More;
    this.depth = 0;
    this.expect = Expect.Value;
    this.finished = false;
    this.tooDeep = false;
    this.skipDepth = -1;
  }

  /** Gives the bytes that follow, best when `next` has given {@link Token.More}. */
  feed(bytes: Uint8Array): void {
    this.append(bytes, this.skipDepth < 0);
    this.forgetText();
  }

  /** Says that no bytes follow. */
  finish(): void {
    this.finished = true;
  }

  /** Goes on to the next token. After {@link Token.End} and {@link Token.Failed} there is no other. */
  next(): Token {
    if (this.token >= Token.End) return this.token;
    let token = this.step();
    while (this.skipDepth >= 0 && token < Token.End && token != Token.More) {
      if (endsValue(token) && this.depth == this.skipDepth) {
        this.skipDepth = -1;
        this.skippedTo = this.offset;
      }
      token = this.step();
    }
    if (token != Token.More) this.token = token;
    return token;
  }

  /**
   * Leaves out, after a {@link Token.Key}, its value, and after the beginning of an object or array the rest of it:
   * `next` goes on behind it. After anything else there is nothing to leave out.
   */
  skip(): void {
    const token = this.token;
    if (token == Token.Key) this.skipDepth = this.depth;
    else if (token == Token.BeginObject || token == Token.BeginArray) this.skipDepth = this.depth - 1;
  }

  /**
   * The text of a key or string, the escapes resolved; of a number as it is written. Allocates it. Ask before the next
   * {@link feed}: then, and of what begins or ends an object or array, it is `""`.
   */
  text(): string {
    return textBetween(this.from, this.to, this.escaped);
  }

  /** Whether the key or string is this one. Allocates nothing where neither has escapes or is other than ASCII. */
  textIs(text: string): bool {
    if (this.escaped) return this.text() == text;
    const length = this.to - this.from;
    for (let i: usize = 0; i < length; i++) {
      const byte: u32 = load<u8>(this.from + i);
      if (byte > 0x7f) return this.text() == text;
      if (i >= <usize>text.length || load<u16>(changetype<usize>(text) + (i << 1)) != byte) return false;
    }
    return length == text.length;
  }

  /** The f64 that is nearest to the number, as in JavaScript; NaN if the token is another. Allocates nothing. */
  number(): f64 {
    return this.token == Token.Number ? parseDecimal(this.from, this.to) : NaN;
  }

  /** Where the token begins or, after {@link Token.Failed}, the byte that is wrong, from the beginning of the document. */
  get position(): u32 {
    return this.token == Token.Failed ? this.offset : this.begin;
  }

  /** Where the token ends, in bytes from the beginning of the document. */
  get endPosition(): u32 {
    return this.offset;
  }

  /** After {@link Token.Failed}, what would have been right at `position`. */
  expected(): string {
    if (this.tooDeep) return "fewer levels";
    if (this.isWithinString) return "the rest of a string";
    if (this.isWithinToken) return "the rest of a value";
    if (this.expect == Expect.Value) return "a value";
    if (this.expect == Expect.ElementOrEnd) return "a value or ]";
    if (this.expect == Expect.KeyOrEnd) return "a key or }";
    if (this.expect == Expect.Key) return "a key";
    if (this.expect == Expect.Colon) return ":";
    if (this.expect == Expect.Nothing) return "nothing more";
    return this.inObject ? ", or }" : ", or ]";
  }

  private get inObject(): bool {
    return this.depth > 0 && unchecked(this.levels[this.depth - 1]);
  }

  private step(): Token {
    for (;;) {
      if (!this.isWithinToken) {
        this.skipSpace();
        if (this.isAtEnd) {
          if (!this.finished) return Token.More;
          return this.expect == Expect.Nothing ? Token.End : Token.Failed;
        }
        const byte = this.byte;
        if (byte == 0x2c || byte == 0x3a) {
          if (!this.separate(byte)) return Token.Failed;
          continue;
        }
        if (byte == 0x7d || byte == 0x5d) return this.close(byte);
        if (!this.mayBegin(byte)) return Token.Failed;
        if (byte == 0x7b || byte == 0x5b) return this.open(byte);
      }
      return this.scan();
    }
  }

  /** Moves over a comma or colon, if it may stand here. */
  private separate(byte: u32): bool {
    if (byte == 0x3a) {
      if (this.expect != Expect.Colon) return false;
      this.expect = Expect.Value;
    } else {
      if (this.expect != Expect.Comma) return false;
      this.expect = this.inObject ? Expect.Key : Expect.Value;
    }
    this.advance();
    return true;
  }

  private mayBegin(byte: u32): bool {
    const expect = this.expect;
    if (expect == Expect.Key || expect == Expect.KeyOrEnd) return byte == 0x22;
    return expect == Expect.Value || expect == Expect.ElementOrEnd;
  }

  private open(byte: u32): Token {
    if (this.depth == this.levels.length) {
      this.tooDeep = true;
      return Token.Failed;
    }
    const isObject = byte == 0x7b;
    unchecked((this.levels[this.depth++] = isObject));
    this.expect = isObject ? Expect.KeyOrEnd : Expect.ElementOrEnd;
    this.advance();
    return isObject ? Token.BeginObject : Token.BeginArray;
  }

  private close(byte: u32): Token {
    const isObject = byte == 0x7d;
    const isFirst = this.expect == (isObject ? Expect.KeyOrEnd : Expect.ElementOrEnd);
    const isNext = this.expect == Expect.Comma && this.inObject == isObject;
    if (!isFirst && !isNext) return Token.Failed;
    this.depth--;
    this.advance();
    return this.complete(isObject ? Token.EndObject : Token.EndArray);
  }

  private complete(token: Token): Token {
    this.expect = this.depth ? Expect.Comma : Expect.Nothing;
    return token;
  }

  /** Begins or goes on with a string, number or word. */
  private scan(): Token {
    const scanned = this.scanToken(this.finished);
    if (scanned == Scanned.Part) return this.finished ? Token.Failed : Token.More;
    if (scanned == Scanned.Wrong) return Token.Failed;
    if (scanned == Scanned.String && this.expect != Expect.Value && this.expect != Expect.ElementOrEnd) {
      this.expect = Expect.Colon;
      return Token.Key;
    }
    return this.complete(<Token>(<i32>Token.String + <i32>scanned - <i32>Scanned.String));
  }
}
