import { createHash, createHmac } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { Library } from "./testdata/library.ts";
import { Random } from "./testdata/random.ts";

const GUEST = `
import { equal, HmacSha256, Sha256 } from "@asmfilter/sdk/crypto";
const hash = new Sha256();
let mac = new HmacSha256(new Uint8Array(0));
export function update(bytes: Uint8Array): void { hash.update(bytes); }
export function updateText(text: string): void { hash.updateText(text); }
export function digest(): Uint8Array { return hash.digest(); }
export function setKey(key: Uint8Array): void { mac = new HmacSha256(key); }
export function sign(bytes: Uint8Array): void { mac.update(bytes); }
export function resign(): void { mac.reset(); }
export function signature(): Uint8Array { return mac.digest(); }
export function same(a: Uint8Array, b: Uint8Array): bool { return equal(a, b); }
`;

const random = new Random();
const bytesOf = (buffer: Buffer) => new Uint8Array(buffer);
const sha256 = (bytes: Uint8Array) => bytesOf(createHash("sha256").update(bytes).digest());
const hmac = (key: Uint8Array, bytes: Uint8Array) => bytesOf(createHmac("sha256", key).update(bytes).digest());

describe.each(["lean", "bodies"] as const)("in memory of the kind %s", (memory) => {
  let library: Library;
  beforeAll(async () => {
    library = await Library.of(GUEST, memory);
  });

  test("SHA-256 is Node's for every length across three blocks", () => {
    for (let length = 0; length <= 200; length++) {
      const bytes = random.bytes(length);
      library.number("update", bytes);
      expect(library.bytes("digest"), String(length)).toEqual(sha256(bytes));
    }
  });

  test("it does not matter where a message is cut", () => {
    for (let i = 0; i < 500; i++) {
      const pieces = Array.from({ length: random.below(6) }, () => random.bytes(random.below(150)));
      for (const piece of pieces) library.number("update", piece);
      expect(library.bytes("digest")).toEqual(sha256(Buffer.concat(pieces)));
    }
  });

  test("text counts as UTF-8", () => {
    library.number("updateText", "aé€😀");
    expect(library.bytes("digest")).toEqual(sha256(Buffer.from("aé€😀")));
  });

  test("a message of a megabyte, and the next after it", () => {
    const bytes = random.bytes(1 << 20);
    library.number("update", bytes);
    expect(library.bytes("digest")).toEqual(sha256(bytes));
    expect(library.bytes("digest")).toEqual(sha256(new Uint8Array()));
  });

  test("HMAC-SHA-256 is Node's for every length of the key, for one message after the other", () => {
    for (let length = 0; length <= 200; length++) {
      const key = random.bytes(length);
      library.number("setKey", key);
      for (let i = 0; i < 3; i++) {
        const pieces = [random.bytes(random.below(100)), random.bytes(random.below(100))];
        for (const piece of pieces) library.number("sign", piece);
        expect(library.bytes("signature"), String(length)).toEqual(hmac(key, Buffer.concat(pieces)));
      }
    }
  });

  test("HMAC-SHA-256 forgets a message that was not finished", () => {
    const [key, lost, message] = [random.bytes(80), random.bytes(100), random.bytes(100)];
    library.number("setKey", key);
    library.number("sign", lost);
    library.number("resign");
    library.number("sign", message);
    expect(library.bytes("signature")).toEqual(hmac(key, message));
  });

  test("bytes are equal only if all are", () => {
    const bytes = random.bytes(32);
    expect(library.number("same", bytes, bytes.slice())).toBe(1);
    for (let i = 0; i < 32; i++) {
      const other = bytes.slice();
      other[i]! ^= 1 << random.below(8);
      expect(library.number("same", bytes, other)).toBe(0);
    }
    expect(library.number("same", bytes, bytes.slice(1))).toBe(0);
    expect(library.number("same", new Uint8Array(), new Uint8Array())).toBe(1);
  });
});
