import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { codeOf } from "../../test/failures.ts";
import { temporaryFolder } from "../../test/folder.ts";
import { seed, seeded } from "../../test/random.ts";
import { tar } from "../../test/tar.ts";
import { AsmFilterError } from "../errors.ts";
import { readTar } from "./tar.ts";

const text = new TextEncoder();

async function* inPieces(bytes: Uint8Array, length: number) {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function read(bytes: Uint8Array, piece = 1000) {
  const entries: { path: string; isFile: boolean; content: string }[] = [];
  for await (const { path, isFile, content } of readTar(inPieces(bytes, piece))) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(chunk);
    entries.push({ path, isFile, content: Buffer.concat(chunks).toString() });
  }
  return entries;
}

const pax = (record: string) => tar({ path: "a", type: "x", content: text.encode(record) }, { path: "b" });

const two = tar(
  { path: "a/b.txt", content: text.encode("first") },
  { path: "c", type: "5" },
  { path: "d", content: text.encode("x".repeat(600)) },
);

test("entries come in order with their content, in pieces of any length", async () => {
  for (const piece of [1, 7, 511, 512, 513, 100_000]) {
    expect(await read(two, piece)).toEqual([
      { path: "a/b.txt", isFile: true, content: "first" },
      { path: "c", isFile: false, content: "" },
      { path: "d", isFile: true, content: "x".repeat(600) },
    ]);
  }
});

test("content that is not read is passed over", async () => {
  const paths: string[] = [];
  for await (const { path } of readTar(inPieces(two, 100))) paths.push(path);
  expect(paths).toEqual(["a/b.txt", "c", "d"]);
});

test("long names of pax and of GNU are read", async () => {
  const long = `${"folder/".repeat(30)}file`;
  const record = ` path=${long}\n`;
  const pax = text.encode(`${record.length + 3}${record}`);
  expect(await read(tar({ path: "x", type: "x", content: pax }, { path: "short" }, { path: "next" }))).toMatchObject([
    { path: long },
    { path: "next" },
  ]);
  expect(await read(tar({ path: "x", type: "L", content: text.encode(`${long}\0`) }, { path: "short" }))).toMatchObject(
    [{ path: long }],
  );
});

test("a byte order mark is part of a name, and GNU's long target of a link is none", async () => {
  expect(await read(tar({ path: "\ufeffplugin.wasm" }))).toMatchObject([{ path: "\ufeffplugin.wasm" }]);
  expect(
    await read(
      tar(
        { path: "a", type: "L", content: text.encode("long\0") },
        { path: "a", type: "K", content: text.encode("target\0") },
        { path: "short" },
      ),
    ),
  ).toMatchObject([{ path: "long" }]);
});

test.each(["ustar", "pax", "gnu", "v7"])("what the tar command writes as %s is read", async (format) => {
  const folder = await temporaryFolder();
  const long = format === "v7" ? "short" : "a-long-folder-name-".repeat(format === "ustar" ? 4 : 8);
  await mkdir(join(folder, long, long), { recursive: true });
  await writeFile(join(folder, long, long, "plugin.wasm"), "content");
  const archive = execFileSync("tar", ["-c", `--format=${format}`, "-C", folder, "."]);
  expect(await read(archive)).toContainEqual({
    path: `./${long}/${long}/plugin.wasm`,
    isFile: true,
    content: "content",
  });
});

describe("what is damaged or tries something is refused", () => {
  test.each([
    ["no tar", text.encode("x".repeat(1000))],
    ["a header that is cut", two.subarray(0, 300)],
    ["content that is cut", two.subarray(0, 514)],
    ["a size beyond the end", tar({ path: "a", size: 2 ** 32 })],
    ["a name of 100 kB", tar({ path: "a", type: "L", content: new Uint8Array(100_000).fill(120) }, { path: "b" })],
    ["a name of a gigabyte", tar({ path: "a", type: "L", size: 2 ** 30 })],
    [
      "a pax record that points behind itself",
      tar({ path: "a", type: "x", content: text.encode("999 path=x\n") }, { path: "b" }),
    ],
    ["a pax record without length", tar({ path: "a", type: "x", content: text.encode("path=x\n") }, { path: "b" })],
    ["a pax record of length 0", tar({ path: "a", type: "x", content: text.encode("0 path=x\n") }, { path: "b" })],
    ["a pax record whose length is hexadecimal", pax("0xb path=x\n")],
    ["a pax record that does not end with its line", pax("9 path=xy")],
    ["a pax record without an end", pax("11 path=xyz")],
    ["a link with a size", tar({ path: "a", type: "2", content: text.encode("hidden") })],
    ["a folder with a size", tar({ path: "a", type: "5", content: text.encode("hidden") })],
    ["a file that is named like a folder", tar({ path: "plugin.wasm/", content: text.encode("x") })],
    ["an empty name by pax", pax("8 path=\n")],
    ["an empty name by GNU", tar({ path: "a", type: "L", content: text.encode("\0") }, { path: "b" })],
    ["a name with a NUL", pax("12 path=x\0y\n")],
    [
      "a name by GNU and one by pax",
      tar(
        { path: "a", type: "L", content: text.encode("x\0") },
        { path: "a", type: "x", content: text.encode("9 path=y\n") },
        { path: "b" },
      ),
    ],
    ["two names by pax", Buffer.concat([pax("9 path=x\n").subarray(0, 1024), pax("9 path=y\n")])],
    ["a name for no file", Buffer.concat([pax("9 path=x\n").subarray(0, 1024), tar({ path: "g", type: "g" })])],
    ["a sparse file of pax", pax("22 GNU.sparse.name=xx\n")],
    ["a sparse file of GNU", tar({ path: "a", type: "S" })],
    ["a size that pax overrides", tar({ path: "a", type: "x", content: text.encode("10 size=9\n") }, { path: "b" })],
  ])("%s", async (_, bytes) => {
    expect(await codeOf(read(bytes))).toBe("ASMF_OCI_ARCHIVE_INVALID");
  });

  test(`at random: it ends with entries or the one error (FUZZ_SEED=${seed})`, async () => {
    const random = seeded(seed);
    for (let round = 0; round < 3000; round++) {
      const bytes = two.slice(0, Math.floor(random() * two.length));
      for (let change = 0; change < 3; change++)
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      await read(bytes).catch((error) => {
        if (!(error instanceof AsmFilterError)) throw new Error(`seed ${seed}, round ${round}: ${error}`);
      });
    }
  });
});
