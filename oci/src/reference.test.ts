import { describe, expect, test } from "vitest";
import { failureOf } from "../test/failures.ts";
import { pick, seed, seeded } from "../test/random.ts";
import { formatReference, parseReference, type Reference, versionOf } from "./reference.ts";

const sha256 = `sha256:${"ab".repeat(32)}` as const;
const sha512 = `sha512:${"0f".repeat(64)}` as const;

describe("a reference names an artifact in a registry", () => {
  test.each<[string, Reference]>([
    ["ghcr.io/hello", { kind: "registry", registry: "ghcr.io", repository: "hello" }],
    ["ghcr.io/a/b/hello:0.1", { kind: "registry", registry: "ghcr.io", repository: "a/b/hello", tag: "0.1" }],
    ["oci://ghcr.io/hello:0.1", { kind: "registry", registry: "ghcr.io", repository: "hello", tag: "0.1" }],
    ["localhost:5000/hello", { kind: "registry", registry: "localhost:5000", repository: "hello" }],
    ["127.0.0.1:5000/h:v", { kind: "registry", registry: "127.0.0.1:5000", repository: "h", tag: "v" }],
    ["[::1]:5000/h:v", { kind: "registry", registry: "[::1]:5000", repository: "h", tag: "v" }],
    [`r/h@${sha256}`, { kind: "registry", registry: "r", repository: "h", digest: sha256 }],
    [`r:1/h:v_1.2-x@${sha512}`, { kind: "registry", registry: "r:1", repository: "h", tag: "v_1.2-x", digest: sha512 }],
    ["r/a__b/c-_d".replace("-_", "--"), { kind: "registry", registry: "r", repository: "a__b/c--d" }],
  ])("%s", (text, reference) => {
    expect(parseReference(text)).toEqual(reference);
  });
});

describe("a reference that begins like a path names an image layout", () => {
  test.each<[string, Reference]>([
    ["./store", { kind: "layout", path: "./store" }],
    ["./store:0.1", { kind: "layout", path: "./store", tag: "0.1" }],
    ["oci://./store:0.1", { kind: "layout", path: "./store", tag: "0.1" }],
    ["../a/b", { kind: "layout", path: "../a/b" }],
    ["/tmp/a:b/store", { kind: "layout", path: "/tmp/a:b/store" }],
    ["/tmp/a@b/store:v", { kind: "layout", path: "/tmp/a@b/store", tag: "v" }],
    ["~/store:v", { kind: "layout", path: "~/store", tag: "v" }],
    ["~", { kind: "layout", path: "~" }],
    [".", { kind: "layout", path: "." }],
    [`./s@${sha256}`, { kind: "layout", path: "./s", digest: sha256 }],
    [`./s:v@${sha256}`, { kind: "layout", path: "./s", tag: "v", digest: sha256 }],
  ])("%s", (text, reference) => {
    expect(parseReference(text)).toEqual(reference);
  });
});

describe("what is no reference is refused with the part that is wrong", () => {
  test.each([
    ["", "names no registry"],
    ["hello:0.1", "names no registry"],
    ["https://ghcr.io/hello", "web address"],
    ["http://ghcr.io/hello", "web address"],
    ["ghcr.io/", "repository"],
    ["/", undefined],
    ["ghcr.io/Hello", "repository"],
    ["ghcr.io/a//b", "repository"],
    ["ghcr.io/../b", "repository"],
    ["ghcr.io/a/..", "repository"],
    ["ghcr.io/a?b", "repository"],
    ["ghcr.io/a%2f..", "repository"],
    ["user@ghcr.io/a", "digest"],
    ["user:pass@ghcr.io/a", "digest"],
    ["gh_cr.io/a", "host"],
    ["[:::]/x:1", "host"],
    ["256.256.256.256/x:1", "host"],
    ["1.2.3.4.5/x:1", "host"],
    ["999/x", "host"],
    ["0x7f000001/x:1", "host"],
    ["127.1:5000/x", "host"],
    ["ghcr.io:0/a", "port"],
    ["ghcr.io:70000/a", "port"],
    ["ghcr.io:x/a", "host"],
    ["ghcr.io/a:", "tag"],
    ["ghcr.io/a:.b", "tag"],
    [`ghcr.io/a:${"x".repeat(129)}`, "tag"],
    ["ghcr.io/a@sha256:abc", "digest"],
    [`ghcr.io/a@${sha256.toUpperCase()}`, "digest"],
    [`ghcr.io/a@md5:${"0".repeat(32)}`, "digest"],
    ["./store:", "tag"],
    ["./sto\0re", "NUL"],
    ["~other/store", "home folder"],
    [`ghcr.io/${"a".repeat(300)}`, "255"],
    ["x".repeat(5000), "4096"],
    ["ghcr.io/a\nb", "repository"],
    ["ghcr.io\r\nHost: x/a", "host"],
  ])("%j", async (text, part) => {
    if (part === undefined) return expect(parseReference(text)).toEqual({ kind: "layout", path: "/" });
    const failure = await failureOf(() => parseReference(text));
    expect(failure.code).toBe("ASMF_OCI_REFERENCE_INVALID");
    expect(failure.message).toContain(part);
    expect(failure.hint).not.toBe("");
  });
});

test("a login in a reference is not repeated in the error", async () => {
  for (const text of [
    "me:secret@ghcr.io/a",
    "oci://me:secret@ghcr.io/a:v",
    "https://me:secret@ghcr.io/a",
    `me:secret@ghcr.io/x@${sha256}`,
    `me:sec@secret@ghcr.io/x:v@${sha256}`,
    `me:secret/secret@ghcr.io/x@${sha256}`,
    "me:secret@sha256:secret@localhost:5000",
    "me:secret\nsecret@ghcr.io/a",
  ]) {
    const { message, hint } = await failureOf(() => parseReference(text));
    expect(`${message}${hint}`).not.toContain("secret");
  }
});

test("the digest decides over the tag, and one of them is needed", async () => {
  expect(versionOf(parseReference(`r/h:v@${sha256}`))).toBe(sha256);
  expect(versionOf(parseReference("r/h:v"))).toBe("v");
  expect((await failureOf(() => versionOf(parseReference("r/h")))).message).toContain("r/h");
});

describe(`whatever is written as a reference reads as the same (FUZZ_SEED=${seed})`, () => {
  const random = seeded(seed);
  const word = (letters: string, most: number) =>
    Array.from({ length: 1 + Math.floor(random() * most) }, () => pick(random, letters)).join("");
  const maybe = <T>(make: () => T): T | undefined => (random() < 0.5 ? make() : undefined);
  const alnum = "abcxyz0189";

  function anyReference(): Reference {
    const tag = maybe(() => word(`${alnum}AZ_`, 1) + word(`${alnum}AZ_.-`, 20));
    const digest = maybe(() => (random() < 0.5 ? sha256 : sha512));
    const version = { ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
    if (random() < 0.5) {
      const start = pick(random, ["/", "./", "../", "~/"]);
      const folders = Array.from({ length: Math.floor(random() * 3) }, () => `${word(`${alnum}:@ ä.`, 6)}/`).join("");
      return { kind: "layout", path: `${start}${folders}${word(`${alnum}. ä`, 8)}`, ...version };
    }
    const host = pick(random, [`r${word(alnum, 8)}`, `${word(alnum, 5)}.r${word(alnum, 3)}`, "[::1]", "[fe80::1]"]);
    const port = maybe(() => `:${1 + Math.floor(random() * 65_535)}`) ?? "";
    const parts = Array.from({ length: 1 + Math.floor(random() * 3) }, () =>
      [word(alnum, 5), word(alnum, 5)].join(pick(random, [".", "_", "__", "-", "---"])),
    );
    return { kind: "registry", registry: `${host}${port}`, repository: parts.join("/"), ...version };
  }

  test("made at random", () => {
    for (let round = 0; round < 5000; round++) {
      const reference = anyReference();
      const text = formatReference(reference);
      expect(parseReference(text), text).toEqual(reference);
      expect(parseReference(`oci://${text}`), text).toEqual(reference);
    }
  });

  test("garbage ends in a reference that writes itself the same, or in the one error", async () => {
    for (let round = 0; round < 20_000; round++) {
      const text = word("ab.:/@~_-[]AZ0\0 %?#é", 30);
      try {
        const reference = parseReference(text);
        expect(parseReference(formatReference(reference))).toEqual(reference);
      } catch (error) {
        expect((error as { code?: string }).code, text).toBe("ASMF_OCI_REFERENCE_INVALID");
      }
    }
  });
});
