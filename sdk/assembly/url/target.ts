import { percentDecode } from "./percent";
import { Query } from "./query";

/**
 * What a request asks for: the `:path` header, `/a/b?x=1`. Any text can be parsed, and `toString` gives it back
 * letter by letter as long as nothing was set. `//a/b` is a path as well: no host is looked for.
 */
export class RequestTarget {
  private constructor(
    /** As it was sent, up to the `?`: nothing is decoded, and dots are not resolved. */
    public path: string,
    /** What stands behind the `?`; null without one. */
    public rawQuery: string | null,
    /** What stands behind a `#`, which a request should not have; null without one. */
    public fragment: string | null,
  ) {}

  static parse(text: string): RequestTarget {
    const hash = text.indexOf("#");
    const end = hash < 0 ? text.length : hash;
    const mark = text.indexOf("?");
    const hasQuery = mark >= 0 && mark < end;
    return new RequestTarget(
      text.substring(0, hasQuery ? mark : end),
      hasQuery ? text.substring(mark + 1, end) : null,
      hash < 0 ? null : text.substring(hash + 1),
    );
  }

  /** The parameters. To change them, change the answer and give it to {@link setQuery}. */
  query(): Query {
    const raw = this.rawQuery;
    return Query.parse(raw === null ? "" : raw);
  }

  /** Takes the parameters over; without any the `?` goes, too. */
  setQuery(query: Query): void {
    this.rawQuery = query.length ? query.toString() : null;
  }

  /**
   * What stands between the slashes, decoded: `/a%20b/c/` has `a b`, `c` and `""`. Null if one is wrongly encoded, or
   * is `.` or `..`, also with parameters as in `..;a=1`, which Java's servers take off, or has a slash, backslash or
   * NUL in it once it is decoded: whoever serves the path may take that for another place than a rule about the
   * segments does. Parameters of other segments stay: `/admin;a/b` has `admin;a`, which such a server serves as `admin`.
   */
  segments(): string[] | null {
    const path = this.path;
    const parts = (path.startsWith("/") ? path.substring(1) : path).split("/");
    for (let i = 0; i < parts.length; i++) {
      const part = percentDecode(parts[i]);
      if (part === null || isDots(part)) return null;
      if (part.includes("/") || part.includes("\\") || part.includes("\0")) return null;
      parts[i] = part;
    }
    return parts;
  }

  toString(): string {
    const query = this.rawQuery;
    const fragment = this.fragment;
    let text = this.path;
    if (query !== null) text += "?" + query;
    if (fragment !== null) text += "#" + fragment;
    return text;
  }
}

/** Whether the segment is `.` or `..`, with or without parameters (RFC 3986, section 3.3). */
function isDots(part: string): bool {
  const length = part.startsWith("..") ? 2 : part.startsWith(".") ? 1 : 0;
  return length > 0 && (part.length == length || part.charCodeAt(length) == 0x3b);
}
