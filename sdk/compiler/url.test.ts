import { beforeAll, describe, expect, test } from "vitest";
import { Library } from "./testdata/library.ts";
import { Random } from "./testdata/random.ts";

const GUEST = `
import { percentDecode, percentDecodeLenient, percentEncode, Query, RequestTarget, Url } from "@asmfilter/sdk/url";
export function decode(text: string): string | null { return percentDecode(text); }
export function decodeLenient(text: string): string { return percentDecodeLenient(text); }
export function encode(text: string): string { return percentEncode(text); }

let query = new Query();
export function parse(text: string): void { query = Query.parse(text); }
export function count(): i32 { return query.length; }
export function nameAt(i: i32): string { return query.nameAt(i); }
export function valueAt(i: i32): string { return query.valueAt(i); }
export function get(name: string): string | null { return query.get(name); }
export function getAll(name: string): string { return query.getAll(name).join("\\u0000"); }
export function has(name: string): bool { return query.has(name); }
export function set(name: string, value: string): void { query.set(name, value); }
export function append(name: string, value: string): void { query.append(name, value); }
export function remove(name: string): bool { return query.remove(name); }
export function queryText(): string { return query.toString(); }

let target = RequestTarget.parse("");
export function parseTarget(text: string): void { target = RequestTarget.parse(text); }
export function path(): string { return target.path; }
export function rawQuery(): string | null { return target.rawQuery; }
export function fragment(): string | null { return target.fragment; }
export function segments(): string | null { const all = target.segments(); return all ? all.join("|") : null; }
export function without(name: string): string { const q = target.query(); q.remove(name); target.setQuery(q); return target.toString(); }
export function targetText(): string { return target.toString(); }

let url: Url | null = null;
export function parseUrl(text: string): bool { url = Url.parse(text); return url !== null; }
export function scheme(): string { return url!.scheme; }
export function host(): string { return url!.host; }
export function port(): i32 { return url!.port; }
export function origin(): string { return url!.origin; }
export function urlText(): string { return url!.toString(); }
export function urlPath(): string { return url!.target.path; }
`;

const random = new Random();
let library: Library;
beforeAll(async () => {
  library = await Library.of(GUEST);
});

/** Characters beyond ASCII encoded, which means the same: beside bytes that are not UTF-8 Node reads them wrongly. */
const ascii = (text: string) => text.replace(/[^\0-\x7f]/gu, encodeURIComponent);

/** Node puts one U+FFFD for a cut character, the library one for each of its bytes. */
const folded = (text: string | null) => text?.replace(/\ufffd+/g, "\ufffd") ?? null;

describe("percent encoding", () => {
  const pieces = [
    "a",
    "%",
    "%2",
    "%41",
    "%C3",
    "%a9",
    "%C3%A9",
    "%E2%82%AC",
    "%F0%9F%98%80",
    "%ff",
    "%00",
    "+",
    "é",
    "😀",
    "g",
  ];

  test("is taken off as decodeURIComponent does, or refused as it refuses", () => {
    for (let i = 0; i < 10_000; i++) {
      const text = random.text(6, () => random.pick(pieces));
      let expected: string | null = null;
      try {
        expected = decodeURIComponent(text);
      } catch {}
      expect(library.text("decode", text), text).toBe(expected);
    }
  });

  test("is taken off leniently as a browser does", () => {
    for (let i = 0; i < 10_000; i++) {
      const text = random.text(6, () => random.pick(pieces));
      const expected = new URLSearchParams(`a=${ascii(text).replace(/\+/g, "%2b")}`).get("a");
      expect(folded(library.text("decodeLenient", text)), text).toBe(folded(expected));
    }
  });

  test("of a megabyte takes the memory of the result and of the bytes in between", async () => {
    const own = await Library.of(GUEST);
    const text = "é/".repeat(1 << 17);
    const before = own.memorySize;
    expect(own.text("encode", text)).toBe(encodeURIComponent(text));
    // 2.3 MB of text, and three bytes for each unit that goes in and for each byte between; a string a character were 20 MB.
    expect(own.memorySize - before).toBeLessThan(8 << 20);
  });

  test("is put on as encodeURIComponent does", () => {
    for (let code = 0; code < 0x300; code++) {
      const text = String.fromCharCode(code);
      expect(library.text("encode", text)).toBe(encodeURIComponent(text));
    }
    expect(library.text("encode", "€😀 a/b")).toBe(encodeURIComponent("€😀 a/b"));
    expect(library.text("encode", "\ud800")).toBe("%EF%BF%BD");
  });
});

describe("a query", () => {
  const pieces = ["a", "b", "c", "=", "&", "+", "%20", "%3D", "%26", "%", "é", "%C3%A9", ";", "?", "a=1", "&b=", "%ff"];
  const name = () => random.pick(["a", "b", "c", "é", "x y", ""]);

  test("reads and changes as URLSearchParams does", () => {
    for (let i = 0; i < 3000; i++) {
      const text = random.text(8, () => random.pick(pieces));
      const expected = new URLSearchParams(`&${ascii(text)}`);
      library.number("parse", text);
      for (let changes = random.below(4); changes > 0; changes--) {
        const key = name();
        const value = random.pick(["", "1", "a b&c=d", "é😀", "~!*()'-._"]);
        const change = random.pick(["set", "append", "remove"] as const);
        if (change === "remove") {
          expect(library.number("remove", key)).toBe(Number(expected.has(key)));
          expected.delete(key);
        } else {
          library.number(change, key, value);
          expected[change](key, value);
        }
      }
      const entries = Array.from({ length: library.number("count") }, (_, at) =>
        [library.text("nameAt", at), library.text("valueAt", at)].map(folded),
      );
      expect(entries, text).toEqual([...expected].map((pair) => pair.map(folded)));
      const key = name();
      expect(folded(library.text("get", key))).toBe(folded(expected.get(key)));
      expect(folded(library.text("getAll", key))).toBe(folded(expected.getAll(key).join("\0")));
      expect(library.number("has", key)).toBe(Number(expected.has(key)));
      // What it writes is read as the same again.
      expect([...new URLSearchParams(`&${ascii(library.text("queryText")!)}`)].map((pair) => pair.map(folded))).toEqual(
        entries,
      );
    }
  });

  test("made of nothing is written as URLSearchParams writes it", () => {
    library.number("parse", "");
    const expected = new URLSearchParams();
    for (let code = 0; code < 0x180; code++) {
      library.number("append", String.fromCharCode(code), "😀 ");
      expected.append(String.fromCharCode(code), "😀 ");
    }
    expect(library.text("queryText")).toBe(expected.toString());
  });

  test("keeps what was not changed letter by letter", () => {
    library.number("parse", "sig=%2f~%2F'()&x&y=%zz&a=1&a=2&z=+");
    library.number("set", "a", "3");
    library.number("remove", "y");
    expect(library.text("queryText")).toBe("sig=%2f~%2F'()&x&a=3&z=+");
  });
});

describe("a request's target", () => {
  test.each([
    ["/a/b?x=1&y=%20#frag", "/a/b", "x=1&y=%20", "frag", "a|b"],
    ["/", "/", null, null, ""],
    ["/a%20b/c/", "/a%20b/c/", null, null, "a b|c|"],
    ["/a?", "/a", "", null, "a"],
    ["/a?b?c", "/a", "b?c", null, "a"],
    ["/a#b?c", "/a", null, "b?c", "a"],
    ["//a", "//a", null, null, "|a"],
    ["*", "*", null, null, "*"],
    ["", "", null, null, ""],
    ["/%2e%2e/a", "/%2e%2e/a", null, null, null],
    ["/a/..;x=1/b", "/a/..;x=1/b", null, null, null],
    ["/.;/b", "/.;/b", null, null, null],
    ["/%2e.%3b/b", "/%2e.%3b/b", null, null, null],
    ["/...;/.a", "/...;/.a", null, null, "...;|.a"],
    ["/a/../b", "/a/../b", null, null, null],
    ["/a%2fb", "/a%2fb", null, null, null],
    ["/a%5cb", "/a%5cb", null, null, null],
    ["/a%00", "/a%00", null, null, null],
    ["/a%", "/a%", null, null, null],
    ["/a%ff", "/a%ff", null, null, null],
  ])("%s is taken apart, and is itself again", (text, path, query, fragment, segments) => {
    library.number("parseTarget", text);
    expect(library.text("path")).toBe(path);
    expect(library.text("rawQuery")).toBe(query);
    expect(library.text("fragment")).toBe(fragment);
    expect(library.text("segments")).toBe(segments);
    expect(library.text("targetText")).toBe(text);
  });

  test("loses its question mark with the last parameter", () => {
    library.number("parseTarget", "/a?x=1&y=2#z");
    expect(library.text("without", "x")).toBe("/a?y=2#z");
    expect(library.text("without", "y")).toBe("/a#z");
  });
});

describe("an absolute URL", () => {
  test("that is accepted is one to Node as well, with the same host, port and origin", () => {
    const pieces = [
      "http://",
      "https://",
      "HTTP://",
      "ws://",
      "a",
      "B.com",
      "1",
      "1.2.3.4",
      "256",
      "0x7f",
      "127.1",
      "[::1]",
      "[1:2:3:4:5:6:7:8]",
      "[::1.2.3.4]",
      "[:1]",
      "[1::2::3]",
      ":",
      ":80",
      ":443",
      ":8080",
      ":65536",
      "/",
      "/p/q",
      "?",
      "?x=1",
      "#f",
      "@",
      "\\",
      " ",
      ".",
      "..",
      "-",
      "_",
      "%41",
      "é",
      "01",
    ];
    let accepted = 0;
    for (let i = 0; i < 30_000; i++) {
      const text = random.pick(["http://", "https://", ""]) + random.text(5, () => random.pick(pieces));
      if (!library.number("parseUrl", text)) continue;
      if (!/^(http|ws)s?:/i.test(text)) continue;
      accepted++;
      const expected = new URL(text);
      const own = new URL(library.text("urlText")!);
      expect(own.href, text).toBe(expected.href);
      expect(`${library.text("scheme")}:`).toBe(expected.protocol);
      expect(library.text("origin")!.includes("[") || library.text("origin"), text).toBe(
        library.text("origin")!.includes("[") || expected.origin,
      );
      const port = expected.port || (/^(https|wss):$/.test(expected.protocol) ? "443" : "80");
      expect(library.number("port")).toBe(Number(port));
      expect(expected.username + expected.password).toBe("");
    }
    expect(accepted).toBeGreaterThan(2000);
  });

  test.each([
    "https://a.example/",
    "http://a",
    "https://A.example:8443/p?q#f",
    "http://[::1]:80",
    "http://1.2.3.4",
    "http://a_b-c.d.",
    "wss://x/y",
  ])("%s is one", (text) => {
    expect(library.number("parseUrl", text)).toBe(1);
    expect(new URL(library.text("urlText")!).href).toBe(new URL(text).href);
  });

  test.each([
    "",
    "a",
    "/a",
    "//a/b",
    "http:",
    "http:/a",
    "http://",
    "http:///a",
    "http://a b/",
    "http://a@b/",
    "http://a:b@c/",
    "http://a\\@b/",
    "http://é/",
    "http://a%41/",
    "http://a:x/",
    "http://a:65536/",
    "http://127.1/",
    "http://0x7f.1/",
    "http://2130706433/",
    "http://01.2.3.4/",
    "http://1.2.3.256/",
    "http://1.2.3.4.5/",
    "http://1.2.3.4./",
    "http://a..b/",
    "http://.a/",
    "http://[::1/",
    "http://[::g]/",
    "http://[::1.2:1.2.3.4]/",
    "http://[::1.2.3.4:1]/",
    "http://[1.2.3.4::]/",
    "http://[::12345]/",
    "http://[1:2:3:4:5:6:7:1.2.3.4]/",
    "http://[::01.2.3.4]/",
    "http://[1:2:3:4:5:6:7:8:9]/",
    "http://[1::2::3]/",
    "http://[::1%25eth0]/",
    "http://[::1]a/",
    "1http://a/",
    "ht!tp://a/",
    "http://a/\n",
    "http://a/ b",
    "javascript:alert(1)",
  ])("%j is none of the kind", (text) => {
    expect(library.number("parseUrl", text)).toBe(0);
  });
});
