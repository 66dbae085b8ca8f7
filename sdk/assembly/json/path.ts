import { release } from "../memory/scratch";
import { encode, encodedLength } from "../memory/text";
import { parseDecimal } from "./decimal";
import { JsonReader } from "./reader";
import { Token } from "./token";

/** A value that was found. */
export class JsonValue {
  constructor(
    /** What it is: {@link Token.BeginObject} and {@link Token.BeginArray} stand for the whole object or array. */
    readonly kind: Token,
    /** The text of a string, its escapes resolved; a number as it is written; `""` of anything else. */
    readonly text: string,
    /** Where the value lies in the document, in bytes, from its first to behind its last. */
    readonly start: u32,
    public end: u32,
  ) {}

  /** The f64 that is nearest to the number, as in JavaScript; NaN of anything else. */
  get number(): f64 {
    if (this.kind != Token.Number) return NaN;
    const at = encode(this.text);
    const number = parseDecimal(at, at + encodedLength);
    release(at);
    return number;
  }
}

/**
 * Where in a document a value stands: `a.b[0].c`, or `["a.b"]` for a name that has dots or brackets in it. The empty
 * path is the whole document.
 */
export class JsonPath {
  private constructor(
    /** Names, and `""` where an index stands. */
    readonly names: string[],
    /** Indices, and -1 where a name stands. */
    readonly indices: i32[],
  ) {}

  /** Null if it is no path. Do this once, where the filter is configured. */
  static parse(text: string): JsonPath | null {
    const path = new JsonPath([], []);
    const length = text.length;
    let at = 0;
    while (at < length) {
      if (text.charCodeAt(at) == 0x5b) {
        const isName = at + 1 < length && text.charCodeAt(at + 1) == 0x22;
        const end = isName ? text.indexOf('"]', at + 2) : text.indexOf("]", at);
        if (end < 0) return null;
        if (isName) path.push(text.substring(at + 2, end), -1);
        else if (!path.pushIndex(text, at + 1, end)) return null;
        at = end + (isName ? 2 : 1);
      } else {
        // Only the first name has no dot before it.
        if (at && text.charCodeAt(at++) != 0x2e) return null;
        const start = at;
        while (at < length && text.charCodeAt(at) != 0x2e && text.charCodeAt(at) != 0x5b) at++;
        if (at == start) return null;
        path.push(text.substring(start, at), -1);
      }
    }
    return path;
  }

  private push(name: string, index: i32): void {
    this.names.push(name);
    this.indices.push(index);
  }

  private pushIndex(text: string, start: i32, end: i32): bool {
    if (end == start || end - start > 9) return false;
    let index = 0;
    for (; start < end; start++) {
      const digit = text.charCodeAt(start) - 0x30;
      if (<u32>digit > 9) return false;
      index = index * 10 + digit;
    }
    this.push("", index);
    return true;
  }

  /**
   * The value here in a document; null if there is none, or the bytes are not JSON. All of them are read: where a
   * name stands twice the last counts, as in JavaScript and most other languages, so that a filter and the service
   * behind it do not see different values.
   */
  find(json: Uint8Array): JsonValue | null {
    const finder = new JsonFinder(this);
    finder.feed(json);
    return finder.finish();
  }
}

/**
 * Looks for the value at a path in a document that comes in pieces:
 *
 *     const finder = new JsonFinder(path);
 *     finder.feed(body.bytes());
 *     if (endOfStream) {
 *       const value = finder.finish();
 *     }
 *
 * It keeps nothing of the document but what is cut in two, and the value if that is a string or number.
 */
export class JsonFinder {
  private readonly reader: JsonReader;
  /** How many steps of the path lead to what is open. */
  private matched: i32 = 0;
  /** Elements seen of each array on the way. */
  private readonly seen: StaticArray<i32>;
  private found: JsonValue | null = null;
  /** Set while the value found, an object or array, goes on. */
  private isOpen: bool = false;

  /** @param maxDepth documents with more open objects and arrays are refused */
  constructor(readonly path: JsonPath, maxDepth: i32 = 64) {
    this.reader = new JsonReader(maxDepth);
    this.seen = new StaticArray<i32>(path.names.length + 1);
  }

  /** Takes further bytes. False if they are not JSON. */
  feed(json: Uint8Array): bool {
    this.reader.feed(json);
    return this.read();
  }

  /** Says that the document is over. Its value at the path; null if there is none, or the document is no JSON. */
  finish(): JsonValue | null {
    this.reader.finish();
    return this.read() ? this.found : null;
  }

  /** Where the bytes are not JSON, if they are not. */
  get position(): u32 {
    return this.reader.position;
  }

  private read(): bool {
    const reader = this.reader;
    for (let token = reader.next(); token != Token.More; token = reader.next()) {
      if (token == Token.Failed) return false;
      const found = this.found;
      if (found !== null && this.isOpen) {
        found.end = reader.skippedTo;
        this.isOpen = false;
      }
      if (token == Token.End) break;
      this.meet(token);
    }
    return true;
  }

  private meet(token: Token): void {
    const reader = this.reader;
    if (token == Token.EndObject || token == Token.EndArray) {
      this.matched--;
      return;
    }
    const path = this.path;
    if (token == Token.Key) {
      if (!reader.textIs(path.names[this.matched - 1])) reader.skip();
      else this.found = null;
      return;
    }
    const matched = this.matched;
    // An element of an array on the way; all other values are led to by their key.
    if (matched && path.indices[matched - 1] >= 0) {
      if (this.seen[matched]++ != path.indices[matched - 1]) {
        reader.skip();
        return;
      }
    }
    if (matched == path.names.length) this.take(token);
    else this.enter(token);
  }

  private enter(token: Token): void {
    const isIndex = this.path.indices[this.matched] >= 0;
    if (token == (isIndex ? Token.BeginArray : Token.BeginObject)) {
      this.matched++;
      this.seen[this.matched] = 0;
    } else {
      this.reader.skip();
    }
  }

  private take(token: Token): void {
    const reader = this.reader;
    const hasText = token == Token.String || token == Token.Number;
    const text = hasText ? reader.text() : "";
    this.found = new JsonValue(token, text, reader.position, reader.endPosition);
    this.isOpen = token == Token.BeginObject || token == Token.BeginArray;
    reader.skip();
  }
}
