import { isAlphanumeric, isOneOf, lowerCase } from "../encoding/ascii";

/** What browsers keep of a name with its value, and of an attribute (RFC 6265bis, sections 5.6 and 5.7). */
const MOST_BYTES = 4096;
const MOST_OF_ATTRIBUTE = 1024;

/** When a browser sends a cookie along with requests from other sites (RFC 6265bis, section 4.1.2.7). */
export enum SameSite {
  /** The browser's default. */
  Unset,
  Strict,
  Lax,
  None,
}

/**
 * A `set-cookie` header:
 *
 *     const session = new SetCookie("__Host-session", id);
 *     session.path = "/";
 *     session.secure = true;
 *     session.httpOnly = true;
 *     const line = session.build();
 *     if (line !== null) headers.add("set-cookie", line);
 */
export class SetCookie {
  /** Default: the folder of the request's path. */
  path: string = "";
  /** Default: the host that answers, and no other below it. */
  domain: string = "";
  /** Seconds; 0 removes the cookie, -1, the default, keeps it until the browser is closed. */
  maxAge: i64 = -1;
  /** A time by {@link httpDate}, for clients that do not know `Max-Age`. */
  expires: string = "";
  secure: bool = false;
  httpOnly: bool = false;
  /** Kept apart for each site that embeds this one. */
  partitioned: bool = false;
  sameSite: SameSite = SameSite.Unset;

  constructor(
    readonly name: string,
    readonly value: string,
  ) {}

  /**
   * The header's value. Null if a browser would not keep the cookie, or it would be read as something else: a name
   * that is no token, a value, path or domain with characters that must not be there (encode those), a name and value
   * of more than 4,096 bytes or an attribute of more than 1,024, `SameSite=None` or `Partitioned` without `Secure`, a
   * `__Secure-` or `__Host-` name without what that promises.
   */
  build(): string | null {
    if (!this.isValid()) return null;
    let line = this.name + "=" + this.value;
    if (this.domain.length) line += "; Domain=" + this.domain;
    if (this.path.length) line += "; Path=" + this.path;
    if (this.expires.length) line += "; Expires=" + this.expires;
    if (this.maxAge >= 0) line += "; Max-Age=" + this.maxAge.toString();
    if (this.httpOnly) line += "; HttpOnly";
    if (this.secure) line += "; Secure";
    if (this.partitioned) line += "; Partitioned";
    if (this.sameSite == SameSite.Strict) line += "; SameSite=Strict";
    else if (this.sameSite == SameSite.Lax) line += "; SameSite=Lax";
    else if (this.sameSite == SameSite.None) line += "; SameSite=None";
    return line;
  }

  private isValid(): bool {
    if (!this.name.length || !all(this.name, isToken) || !all(unquoted(this.value), isCookieOctet)) return false;
    if (!all(this.path, isAttribute) || !all(this.domain, isDomain) || !all(this.expires, isAttribute)) return false;
    if (this.path.length && this.path.charCodeAt(0) != 0x2f) return false;
    if (this.name.length + this.value.length > MOST_BYTES) return false;
    if (max(max(this.path.length, this.domain.length), this.expires.length) > MOST_OF_ATTRIBUTE) return false;
    // Browsers compare both prefixes without case (RFC 6265bis, section 5.4).
    const name = lowerCase(this.name);
    const isHost = name.startsWith("__host-");
    if (isHost && (this.domain.length > 0 || this.path != "/")) return false;
    const needsSecure = isHost || name.startsWith("__secure-") || this.sameSite == SameSite.None || this.partitioned;
    return this.secure || !needsSecure;
  }
}

function all(text: string, test: (unit: i32) => bool): bool {
  for (let i = 0; i < text.length; i++) if (!test(text.charCodeAt(i))) return false;
  return true;
}

function unquoted(value: string): string {
  const isQuoted = value.length > 1 && value.startsWith('"') && value.endsWith('"');
  return isQuoted ? value.substring(1, value.length - 1) : value;
}

/** RFC 9110, section 5.6.2. */
function isToken(unit: i32): bool {
  return isAlphanumeric(unit) || isOneOf(unit, "!#$%&'*+-.^_`|~");
}

/** RFC 6265, section 4.1.1: no controls, white space, quote, comma, semicolon, backslash. */
function isCookieOctet(unit: i32): bool {
  return unit > 0x20 && unit < 0x7f && unit != 0x22 && unit != 0x2c && unit != 0x3b && unit != 0x5c;
}

function isAttribute(unit: i32): bool {
  return unit >= 0x20 && unit < 0x7f && unit != 0x3b;
}

function isDomain(unit: i32): bool {
  return isAlphanumeric(unit) || unit == 0x2d || unit == 0x2e;
}
