import { beforeAll, describe, expect, test } from "vitest";
import { Library } from "./testdata/library.ts";
import { Random } from "./testdata/random.ts";

const GUEST = `
import { base64, base64url, hex, isUtf8, lowerCase, Padding, utf8Bytes, utf8Text } from "@asmfilter/sdk/encoding";
export function encode(bytes: Uint8Array, padded: bool): string { return base64.encode(bytes, padded); }
export function encodeUrl(bytes: Uint8Array, padded: bool): string { return base64url.encode(bytes, padded); }
export function decode(text: string, padding: i32): Uint8Array | null { return base64.decode(text, padding); }
export function decodeUrl(text: string, padding: i32): Uint8Array | null { return base64url.decode(text, padding); }
export function toHex(bytes: Uint8Array): string { return hex.encode(bytes); }
export function fromHex(text: string): Uint8Array | null { return hex.decode(text); }
export function toText(bytes: Uint8Array): string { return utf8Text(bytes); }
export function toBytes(text: string): Uint8Array { return utf8Bytes(text); }
export function lower(text: string): string { return lowerCase(text); }
export function valid(bytes: Uint8Array): bool { return isUtf8(bytes); }
`;
const [required, none, optional] = [0, 1, 2];

let library: Library;
const random = new Random();
beforeAll(async () => {
  library = await Library.of(GUEST);
});

describe("base64", () => {
  test("writes what Buffer writes, of every length", () => {
    for (let length = 0; length < 200; length++) {
      const bytes = random.bytes(length);
      const standard = Buffer.from(bytes).toString("base64");
      const url = Buffer.from(bytes).toString("base64url");
      expect(library.text("encode", bytes, true)).toBe(standard);
      expect(library.text("encode", bytes, false)).toBe(standard.replace(/=/g, ""));
      expect(library.text("encodeUrl", bytes, false)).toBe(url);
      expect(library.bytes("decode", standard, required)).toEqual(bytes);
      expect(library.bytes("decode", standard, optional)).toEqual(bytes);
      expect(library.bytes("decodeUrl", url, none)).toEqual(bytes);
      expect(library.bytes("decodeUrl", library.text("encodeUrl", bytes, true)!, required)).toEqual(bytes);
    }
  });

  test("reads a text only if it is the one that would be written for the bytes", () => {
    const letters = "ABCDwxyz0189+/-_==\n é";
    for (let i = 0; i < 20_000; i++) {
      const text = random.text(9, () => random.pick(letters));
      for (const [name, kind] of [
        ["decode", "base64"],
        ["decodeUrl", "base64url"],
      ] as const) {
        const bytes = Buffer.from(text, kind);
        const unpadded = bytes.toString(kind).replace(/=/g, "");
        const padded = unpadded.padEnd(Math.ceil(unpadded.length / 4) * 4, "=");
        const expected = (isRight: boolean) => (isRight ? new Uint8Array(bytes) : null);
        expect(library.bytes(name, text, required), text).toEqual(expected(text === padded));
        expect(library.bytes(name, text, none), text).toEqual(expected(text === unpadded));
        expect(library.bytes(name, text, optional), text).toEqual(expected(text === padded || text === unpadded));
      }
    }
  });
});

describe("hex", () => {
  test("writes what Buffer writes, and reads both cases", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const text = Buffer.from(bytes).toString("hex");
    expect(library.text("toHex", bytes)).toBe(text);
    expect(library.bytes("fromHex", text)).toEqual(bytes);
    expect(library.bytes("fromHex", text.toUpperCase())).toEqual(bytes);
    expect(library.bytes("fromHex", "")).toEqual(new Uint8Array());
  });

  test.each(["a", "0g", "g0", " 0", "0x", "@0", "`0", "é0", "ı0"])("refuses %j", (text) => {
    expect(library.bytes("fromHex", text)).toBeNull();
  });
});

describe("UTF-8", () => {
  test("says of bytes what Node says of them", () => {
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const bytes = [
      0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf4, 0xf5,
      0xff,
    ];
    for (let i = 0; i < 20_000; i++) {
      const some = Uint8Array.from({ length: random.below(6) }, () => random.pick(bytes));
      let expected: string | undefined;
      try {
        expected = strict.decode(some);
      } catch {}
      expect(library.number("valid", some), String(some)).toBe(expected === undefined ? 0 : 1);
      if (expected !== undefined) expect(library.text("toText", some)).toBe(expected);
    }
  });

  test("text becomes bytes and text again; a lone surrogate becomes U+FFFD", () => {
    expect(library.bytes("toBytes", "aé€😀")).toEqual(new TextEncoder().encode("aé€😀"));
    expect(library.bytes("toBytes", "a\ud800b")).toEqual(new TextEncoder().encode("a\ufffdb"));
  });
});

test("letters of ASCII become lower case, and nothing else", () => {
  const all = Array.from({ length: 0x180 }, (_, unit) => String.fromCharCode(unit)).join("");
  const expected = all.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  expect(library.text("lower", all)).toBe(expected);
  expect(library.text("lower", "")).toBe("");
});
