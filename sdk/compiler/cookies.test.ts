import { beforeAll, describe, expect, test } from "vitest";
import { Library } from "./testdata/library.ts";
import { Random } from "./testdata/random.ts";

const GUEST = `
import { cookieIn, httpDate, SameSite, SetCookie } from "@asmfilter/sdk/cookies";
export function get(header: string, name: string): string | null { return cookieIn(header, name); }
export function date(day: i32, second: i32): string { return httpDate(<i64>day * 86400 + second); }
export function build(name: string, value: string, path: string, domain: string, flags: i32): string | null {
  const cookie = new SetCookie(name, value);
  cookie.path = path;
  cookie.domain = domain;
  cookie.secure = (flags & 1) != 0;
  cookie.httpOnly = (flags & 2) != 0;
  cookie.partitioned = (flags & 4) != 0;
  cookie.sameSite = <SameSite>((flags >> 3) & 3);
  if (flags & 32) cookie.maxAge = 3600;
  if (flags & 64) cookie.expires = httpDate(784111777);
  return cookie.build();
}
`;
const [secure, httpOnly, partitioned, strict, lax, none, maxAge, expires] = [1, 2, 4, 8, 16, 24, 32, 64];

const random = new Random();
let library: Library;
beforeAll(async () => {
  library = await Library.of(GUEST);
});

describe("the cookie of a name", () => {
  test.each([
    ["a=1; b=2", "a", "1"],
    ["a=1; b=2", "b", "2"],
    ["a=1;b=2", "b", "2"],
    ["a=1; b=2", "c", null],
    ["ab=1", "a", null],
    ["ab=1", "b", null],
    ["a=1; a=2", "a", "1"],
    ["a=", "a", ""],
    ["a", "a", null],
    ["a; b=1", "b", "1"],
    ["a=b=c", "a", "b=c"],
    ['a="x y"', "a", "x y"],
    ['a="', "a", '"'],
    ["\t a = 1 \t; b=2", "a", "1"],
    ["a=%20", "a", "%20"],
    [";;; a=1;", "a", "1"],
    ["", "a", null],
    ["=1", "", "1"],
    ["A=1", "a", null],
  ])("in %j, of %j, is %j", (header, name, value) => {
    expect(library.text("get", header, name)).toBe(value);
  });

  test("is found wherever it is among others", () => {
    for (let i = 0; i < 500; i++) {
      const names = [..."abcdefgh"].filter(() => random.once(2));
      const header = names.map((name) => `${name}=${name}-1`).join("; ");
      for (const name of "abcdefgh")
        expect(library.text("get", header, name)).toBe(names.includes(name) ? `${name}-1` : null);
    }
  });

  test("is looked for in a header of a megabyte of semicolons, or without any `=`, in one pass", () => {
    for (const header of [
      ";".repeat(1 << 20),
      "a;".repeat(1 << 19),
      "a=;".repeat(1 << 18),
      `${";".repeat(1 << 20)}=`,
    ]) {
      const start = performance.now();
      expect(library.text("get", header, "x")).toBeNull();
      // One pass takes a few milliseconds; a search to the end at each semicolon would take minutes.
      expect(performance.now() - start).toBeLessThan(2000);
    }
  });
});

describe("set-cookie", () => {
  test.each([
    [["a", "1", "", "", 0], "a=1"],
    [["a", "", "/", "", 0], "a=; Path=/"],
    [
      ["a", '"1"', "/x", "b.example", secure | httpOnly | lax | maxAge],
      'a="1"; Domain=b.example; Path=/x; Max-Age=3600; HttpOnly; Secure; SameSite=Lax',
    ],
    [["__Host-a", "1", "/", "", secure | strict], "__Host-a=1; Path=/; Secure; SameSite=Strict"],
    [
      ["__Secure-a", "1", "", "b", secure | none | partitioned],
      "__Secure-a=1; Domain=b; Secure; Partitioned; SameSite=None",
    ],
    [["a", "1", "", "", expires], "a=1; Expires=Sun, 06 Nov 1994 08:49:37 GMT"],
  ])("%j makes %s", (args, line) => {
    expect(library.text("build", ...args)).toBe(line);
  });

  test.each([
    [["", "1", "", "", 0]],
    [["a b", "1", "", "", 0]],
    [["a=", "1", "", "", 0]],
    [["a;", "1", "", "", 0]],
    [["é", "1", "", "", 0]],
    [["a", "1;Secure", "", "", 0]],
    [["a", "1 2", "", "", 0]],
    [["a", "1,2", "", "", 0]],
    [["a", 'a"b', "", "", 0]],
    [["a", "é", "", "", 0]],
    [["a", "1\r\nx: y", "", "", 0]],
    [["a", "1", "/;x", "", 0]],
    [["a", "1", "x", "", 0]],
    [["a", "1", "/\n", "", 0]],
    [["a", "1", "", "b;c", 0]],
    [["a", "1", "", "b c", 0]],
    [["a", "1", "", "", none]],
    [["a", "1", "", "", partitioned]],
    [["__Secure-a", "1", "", "", 0]],
    [["__Host-a", "1", "/", "", 0]],
    [["__Host-a", "1", "", "", secure]],
    [["__host-a", "1", "/", "b", secure]],
    [["a", "1".repeat(4096), "", "", 0]],
    [["a", "1", `/${"a".repeat(1024)}`, "", 0]],
    [["a", "1", "", "b".repeat(1025), 0]],
  ])("%j makes nothing", (args) => {
    expect(library.text("build", ...args)).toBeNull();
  });
});

test("times out of the years that can be written are the nearest that can", () => {
  expect(library.text("date", -1, 0)).toBe("Thu, 01 Jan 1970 00:00:00 GMT");
  expect(library.text("date", 2_932_897, 0)).toBe("Fri, 31 Dec 9999 23:59:59 GMT");
});

test("times are written as toUTCString writes them, up to the year 9999", () => {
  const days = [0, 58, 59, 60, 364, 365, 789, 10_956, 11_016, 11_017, 47_540, 47_541, 2_932_896];
  for (let i = 0; i < 3000; i++) days.push(random.below(2_932_897));
  for (const day of days) {
    const second = random.below(86_400);
    expect(library.text("date", day, second)).toBe(new Date((day * 86_400 + second) * 1000).toUTCString());
  }
});
