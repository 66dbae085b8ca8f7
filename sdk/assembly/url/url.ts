import { isOneOf, lowerCase } from "../encoding/ascii";
import { isIPv4, isIPv6 } from "./address";
import { RequestTarget } from "./target";

/**
 * An absolute URL, `https://host:8443/path?query#fragment`. It is stricter than a browser, so that nobody reads
 * another host out of the same text: no white space or controls, no backslash, no user name, no host with other than
 * letters, digits and `-_.` (write other scripts as Punycode), and no number as a host but an IPv4 address in its usual form.
 */
export class Url {
  private constructor(
    /** In lower case, without the colon. */
    readonly scheme: string,
    /** In lower case; an IPv6 address in its brackets. */
    readonly host: string,
    /** -1 where the URL names none. */
    readonly explicitPort: i32,
    /** Path, query and fragment; the path is `/` if the URL has none. */
    readonly target: RequestTarget,
  ) {}

  /** Null if it is none, or none of this kind. */
  static parse(text: string): Url | null {
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit <= 0x20 || unit >= 0x7f || unit == 0x5c) return null;
    }
    const colon = text.indexOf("://");
    if (colon < 1) return null;
    const scheme = lowerCase(text.substring(0, colon));
    if (!isScheme(scheme)) return null;
    let end = colon + 3;
    while (end < text.length && !isOneOf(text.charCodeAt(end), "/?#")) end++;
    const authority = lowerCase(text.substring(colon + 3, end));
    const portAt = authority.indexOf(":", authority.lastIndexOf("]") + 1);
    const host = portAt < 0 ? authority : authority.substring(0, portAt);
    const port = portAt < 0 ? -1 : portOf(authority.substring(portAt + 1));
    if (port < -1 || !isHost(host)) return null;
    const rest = text.substring(end);
    return new Url(scheme, host, port, RequestTarget.parse(rest.startsWith("/") ? rest : "/" + rest));
  }

  /** The port, by the scheme where the URL names none; -1 for a scheme that has none. */
  get port(): i32 {
    return this.explicitPort < 0 ? portOfScheme(this.scheme) : this.explicitPort;
  }

  /** Scheme, host and, where it is not the scheme's own, port: what makes two URLs the same origin. */
  get origin(): string {
    const port = this.port;
    const host = this.scheme + "://" + this.host;
    return port == portOfScheme(this.scheme) ? host : host + ":" + port.toString();
  }

  toString(): string {
    return this.origin + this.target.toString();
  }
}

/** RFC 3986, section 3.1. */
function isScheme(text: string): bool {
  for (let i = 0; i < text.length; i++) {
    const unit: u32 = text.charCodeAt(i);
    if (unit - 0x61 < 26) continue;
    if (!i || (unit - 0x30 > 9 && unit != 0x2b && unit != 0x2d && unit != 0x2e)) return false;
  }
  return true;
}

function portOfScheme(scheme: string): i32 {
  if (scheme == "https" || scheme == "wss") return 443;
  return scheme == "http" || scheme == "ws" ? 80 : -1;
}

/** -1 for none; -2 if it is no port. */
function portOf(text: string): i32 {
  if (!text.length) return -1;
  let port = 0;
  for (let i = 0; i < text.length; i++) {
    const digit: u32 = text.charCodeAt(i) - 0x30;
    if (digit > 9) return -2;
    port = port * 10 + digit;
    if (port > 65535) return -2;
  }
  return port;
}

function isHost(host: string): bool {
  if (host.startsWith("[")) return host.endsWith("]") && isIPv6(host.substring(1, host.length - 1));
  for (let i = 0; i < host.length; i++) {
    const unit: u32 = host.charCodeAt(i);
    if (unit - 0x61 > 25 && unit - 0x30 > 9 && unit != 0x2d && unit != 0x2e && unit != 0x5f) return false;
  }
  // `127.1` and `0x7f.1` are 127.0.0.1 to a browser: by the last label, as there (https://url.spec.whatwg.org/#ends-in-a-number-checker).
  const whole = host.endsWith(".") ? host.substring(0, host.length - 1) : host;
  const last = whole.substring(whole.lastIndexOf(".") + 1);
  if (!last.length || host.includes("..") || host.startsWith(".")) return false;
  const first: u32 = last.charCodeAt(0);
  return first - 0x30 > 9 || isIPv4(host);
}
