/** The lexical half of JSON: strings, numbers and words, which may be cut anywhere. */
import { greatestSecond, leastSecond } from "../encoding/utf8";
import { hexValue } from "../encoding/hex";
import { literalBytes, literalLength, utf8 } from "../memory/text";

/** What was scanned; from `String` on in the order of {@link Token}. */
export enum Scanned {
  /** The beginning of something that goes on in the next bytes. */
  Part,
  Wrong,
  String,
  Number,
  True,
  False,
  Null,
}

/** Where in a token the bytes end. */
enum State {
  Outside,
  Text,
  Escape,
  /** So many hexadecimal digits, 1 to 4, are missing. */
  Hex,
  /** So many bytes of a UTF-8 character, 1 to 3, are missing. */
  Tail = 8,
  Minus = 12,
  Zero,
  Integer,
  Point,
  Fraction,
  E,
  Sign,
  Exponent,
  /** In one of the words `true`, `false`, `null`. */
  True,
  False,
  Null,
}

const ONES: u64 = 0x0101010101010101;

/** Bytes in pieces, and the token that is read from them. */
export class Scanner {
  /** What is read: a piece as it was given or, after a token that was cut, a buffer with its beginning. */
  private source: Uint8Array = new Uint8Array(0);
  private at: usize = 0;
  private end: usize = 0;
  /** Bytes of the document before the first of the source. */
  private before: u32 = 0;
  private ownsSource: bool = false;
  private state: State = State.Outside;
  /** Bounds of the next byte of a UTF-8 character. */
  private low: u32 = 0;
  private high: u32 = 0;
  /** Where the token's text lies: within the quotes of a string. */
  protected from: usize = 0;
  protected to: usize = 0;
  protected escaped: bool = false;
  /** Where the token begins, in bytes from the beginning of the document. */
  protected begin: u32 = 0;

  protected restart(): void {
    this.at = 0;
    this.end = 0;
    this.forgetText();
    this.before = 0;
    this.state = State.Outside;
  }

  protected get offset(): u32 {
    return this.at ? this.before + <u32>(this.at - this.source.dataStart) : this.before;
  }

  protected get isAtEnd(): bool {
    return this.at >= this.end;
  }

  protected get byte(): u32 {
    return load<u8>(this.at);
  }

  protected get isWithinToken(): bool {
    return this.state != State.Outside;
  }

  protected get isWithinString(): bool {
    return this.state != State.Outside && this.state < State.Minus;
  }

  /** Moves over a token of one byte. */
  protected advance(): void {
    this.begin = this.offset;
    this.at++;
    this.forgetText();
  }

  /** Leaves the empty text where that of the last token may be gone, or is not that of the token now met. */
  protected forgetText(): void {
    this.to = this.from;
  }

  protected skipSpace(): void {
    let at = this.at;
    for (const end = this.end; at < end; at++) {
      const byte: u32 = load<u8>(at);
      if (byte != 0x20 && byte - 0x09 > 1 && byte != 0x0d) break;
    }
    this.at = at;
  }

  /** Adds bytes. @param keeps whether the token that is cut will be asked for */
  protected append(bytes: Uint8Array, keeps: bool): void {
    const first = keeps && this.isWithinToken ? this.from : this.at;
    const rest = this.end - first;
    const begin = this.at ? this.before + <u32>(first - this.source.dataStart) : this.before;
    if (!rest) {
      this.take(bytes, begin, 0, bytes.length);
      this.ownsSource = false;
      return;
    }
    const scanned = this.at - first;
    const length = rest + bytes.length;
    const source = this.source;
    const own = source.dataStart;
    if (this.ownsSource && length <= <usize>source.length) {
      // What moves is less than half, or was once added since it moved last: so all is moved a few times at most.
      if (first - own + length > <usize>source.length) {
        if (rest > <usize>source.length >> 1) return this.grow(bytes, first, rest, begin, scanned);
        memory.copy(own, first, rest);
        this.before = begin;
        this.at = own + scanned;
        this.end = own + rest;
        if (keeps) this.from = own;
      }
      memory.copy(this.end, bytes.dataStart, bytes.length);
      this.end += bytes.length;
      return;
    }
    this.grow(bytes, first, rest, begin, scanned);
  }

  private grow(bytes: Uint8Array, first: usize, rest: usize, begin: u32, scanned: usize): void {
    const length = rest + bytes.length;
    const source = new Uint8Array(<i32>(length << 1));
    memory.copy(source.dataStart, first, rest);
    memory.copy(source.dataStart + rest, bytes.dataStart, bytes.length);
    this.take(source, begin, scanned, length);
    this.ownsSource = true;
  }

  private take(source: Uint8Array, begin: u32, scanned: usize, length: usize): void {
    this.source = source;
    this.before = begin;
    this.from = source.dataStart;
    this.at = source.dataStart + scanned;
    this.end = source.dataStart + length;
  }

  /** Scans the token at the cursor, or on from where the last bytes ended. @param isLast whether none follow */
  protected scanToken(isLast: bool): Scanned {
    if (!this.isWithinToken && !this.beginToken()) return Scanned.Wrong;
    if (this.isWithinString) return this.scanString();
    if (this.state < State.True) return this.scanNumber(isLast);
    if (this.state == State.True) return this.scanWord(utf8("true"), Scanned.True);
    if (this.state == State.False) return this.scanWord(utf8("false"), Scanned.False);
    return this.scanWord(utf8("null"), Scanned.Null);
  }

  private beginToken(): bool {
    const byte = this.byte;
    this.begin = this.offset;
    this.escaped = false;
    this.from = this.at;
    if (byte == 0x22) {
      this.from = ++this.at;
      this.state = State.Text;
    } else if (byte == 0x74) this.state = State.True;
    else if (byte == 0x66) this.state = State.False;
    else if (byte == 0x6e) this.state = State.Null;
    else {
      const state = afterDigitOr(State.Outside, byte);
      if (!state) return false;
      this.at++;
      this.state = state;
    }
    return true;
  }

  private scanString(): Scanned {
    let at = this.at;
    let state = this.state;
    for (const end = this.end; at < end; at++) {
      if (state == State.Text) at = plainEnd(at, end);
      if (at >= end) break;
      const byte: u32 = load<u8>(at);
      if (state == State.Text && byte == 0x22) {
        this.to = at;
        this.at = at + 1;
        this.state = State.Outside;
        return Scanned.String;
      }
      const next = this.inString(state, byte);
      if (next == State.Outside) {
        this.at = at;
        return Scanned.Wrong;
      }
      state = next;
    }
    this.at = at;
    this.state = state;
    return Scanned.Part;
  }

  /** The state after a byte of a string that is not plain; `Outside` if it must not stand there. */
  private inString(state: State, byte: u32): State {
    if (state == State.Text) {
      if (byte == 0x5c) {
        this.escaped = true;
        return State.Escape;
      }
      // Control characters have to be escaped.
      if (byte - 0xc2 > 0xf4 - 0xc2) return byte - 0x20 < 0x60 ? State.Text : State.Outside;
      this.low = leastSecond(byte);
      this.high = greatestSecond(byte);
      return State.Tail + (byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3) - 1;
    }
    if (state == State.Escape) {
      if (byte == 0x75) return State.Hex + 3;
      return isEscape(byte) ? State.Text : State.Outside;
    }
    if (state < State.Tail) {
      if (hexValue(byte) < 0) return State.Outside;
      return state == State.Hex ? State.Text : state - 1;
    }
    if (byte < this.low || byte > this.high) return State.Outside;
    this.low = 0x80;
    this.high = 0xbf;
    return state == State.Tail ? State.Text : state - 1;
  }

  private scanNumber(isLast: bool): Scanned {
    let at = this.at;
    let state = this.state;
    for (const end = this.end; at < end; at++) {
      const next = afterDigitOr(state, load<u8>(at));
      if (next == State.Outside) break;
      state = next;
    }
    const goesOn = at == this.end && !isLast;
    this.at = at;
    this.to = at;
    this.state = state;
    if (goesOn) return Scanned.Part;
    if (state != State.Zero && state != State.Integer && state != State.Fraction && state != State.Exponent) {
      return Scanned.Wrong;
    }
    this.state = State.Outside;
    return Scanned.Number;
  }

  private scanWord(word: usize, scanned: Scanned): Scanned {
    const length = literalLength(word);
    // While skipping, the beginning of what is scanned may be gone: so the place in the document is counted.
    for (let done = <usize>(this.offset - this.begin); done < length; done++, this.at++) {
      if (this.isAtEnd) return Scanned.Part;
      if (this.byte != load<u8>(literalBytes(word) + done)) return Scanned.Wrong;
    }
    this.to = this.at;
    this.state = State.Outside;
    return scanned;
  }
}

/** Where the bytes of a string end that are themselves: ASCII without controls, quotes and backslashes. */
function plainEnd(at: usize, end: usize): usize {
  for (; at + 8 <= end; at += 8) {
    const eight = load<u64>(at);
    const quotes = (eight ^ (0x22 * ONES)) - ONES;
    const slashes = (eight ^ (0x5c * ONES)) - ONES;
    // The highest bit of a byte is set where it was, or where it went below 0.
    if ((eight | (eight - 0x20 * ONES) | quotes | slashes) & (0x80 * ONES)) break;
  }
  for (; at < end; at++) {
    const byte: u32 = load<u8>(at);
    if (byte - 0x20 >= 0x60 || byte == 0x22 || byte == 0x5c) break;
  }
  return at;
}

function isEscape(byte: u32): bool {
  return byte == 0x22 || byte == 0x5c || byte == 0x2f || byte == 0x62 || byte == 0x66 || byte == 0x6e || byte == 0x72 || byte == 0x74;
}

/** The state of a number (RFC 8259, section 6) after a further byte; `Outside` if the byte is none of it. */
function afterDigitOr(state: State, byte: u32): State {
  if (byte - 0x30 < 10) {
    if (state == State.Zero) return State.Outside;
    if (state == State.Outside || state == State.Minus) return byte == 0x30 ? State.Zero : State.Integer;
    return state == State.Point ? State.Fraction : state == State.E || state == State.Sign ? State.Exponent : state;
  }
  if (byte == 0x2d && state == State.Outside) return State.Minus;
  if (byte == 0x2e && (state == State.Zero || state == State.Integer)) return State.Point;
  if ((byte | 0x20) == 0x65 && (state == State.Zero || state == State.Integer || state == State.Fraction)) return State.E;
  return (byte == 0x2b || byte == 0x2d) && state == State.E ? State.Sign : State.Outside;
}
