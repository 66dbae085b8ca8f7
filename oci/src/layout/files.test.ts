import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createReadStream, watch } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { codeOf, failureOf } from "../../test/failures.ts";
import { temporaryFolder } from "../../test/folder.ts";
import { blob, bytes, filledStore, json } from "../../test/store.ts";
import { descriptorOf } from "../descriptor.ts";
import { layout } from "./index.ts";

describe("nothing outside of the layout is read or written", () => {
  test("through a blob that is a link", async () => {
    const { root, store, file } = await filledStore();
    await writeFile(join(root, "..", "secret"), bytes);
    await rm(file);
    await symlink("../../../secret", file);
    expect(await codeOf(store.fetch(blob))).toBe("ASMF_OCI_LAYOUT_INVALID");
  });

  test("through a folder that is a link", async () => {
    const { root, store } = await filledStore();
    const outside = join(root, "..", "outside");
    await rename(join(root, "blobs", "sha256"), outside);
    await symlink(outside, join(root, "blobs", "sha256"));
    expect(await codeOf(store.fetch(blob))).toBe("ASMF_OCI_LAYOUT_INVALID");
    const before = await readdir(outside);
    const other = descriptorOf("text/plain", new Uint8Array([1]));
    expect(await codeOf(store.push(other, new Uint8Array([1])))).toBe("ASMF_OCI_LAYOUT_INVALID");
    expect(await readdir(outside)).toEqual(before);
  });

  test("through an ingest folder that is a link: nothing behind it is written, or removed as abandoned", async () => {
    const { root } = await filledStore();
    const outside = join(root, "..", "outside");
    await rm(join(root, "ingest"), { recursive: true });
    await mkdir(outside);
    await symlink(outside, join(root, "ingest"));
    const precious = join(outside, randomUUID());
    await writeFile(precious, "mine");
    await utimes(precious, new Date(0), new Date(0));
    const watched: string[] = [];
    const watcher = watch(outside, (_, name) => void watched.push(String(name)));
    onTestFinished(() => watcher.close());
    const other = new Uint8Array([1]);
    expect(await codeOf(layout(root).push(descriptorOf("text/plain", other), other))).toBe("ASMF_OCI_LAYOUT_INVALID");
    await sleep(10);
    expect(watched).toEqual([]);
    expect(await readFile(precious, "utf8")).toBe("mine");
  });

  test("through a folder of blobs that is a link: not even a folder is made there", async () => {
    const { root, store } = await filledStore();
    const outside = join(root, "..", "outside");
    await mkdir(outside);
    await rm(join(root, "blobs"), { recursive: true });
    await symlink(outside, join(root, "blobs"));
    expect(await codeOf(store.push(blob, bytes))).toBe("ASMF_OCI_LAYOUT_INVALID");
    expect(await readdir(outside)).toEqual([]);
  });

  test("through an index.json that is a link", async () => {
    const { root, store } = await filledStore();
    await rename(join(root, "index.json"), join(root, "..", "other.json"));
    await symlink("../other.json", join(root, "index.json"));
    expect(await codeOf(store.resolve("v"))).toBe("ASMF_OCI_LAYOUT_INVALID");
  });

  test("through a digest in the index that is a path", async () => {
    const { root, store } = await filledStore();
    const index = await json(join(root, "index.json"));
    index.manifests[0].digest = "sha256:../../../secret";
    await writeFile(join(root, "index.json"), JSON.stringify(index));
    expect(await codeOf(store.resolve("v"))).toBe("ASMF_OCI_MANIFEST_INVALID");
  });

  test("a pipe in the place of a blob does not block", async () => {
    const { store, file } = await filledStore();
    await rm(file);
    const made = spawn("mkfifo", [file]);
    const [code] = await once(made, "exit");
    expect(code).toBe(0);
    expect(await codeOf(store.fetch(blob))).toBe("ASMF_OCI_LAYOUT_INVALID");
  });
});

describe("what the system refuses is an error of ours", () => {
  test("a file in the place of the layout, or of a folder in it", async () => {
    const { root, store } = await filledStore();
    const other = new Uint8Array([1]);
    for (const file of [join(root, "index.json"), join(root, "oci-layout", "deeper")]) {
      expect(await codeOf(layout(file).push(blob, bytes))).toBe("ASMF_OCI_LAYOUT_INVALID");
    }
    await rm(join(root, "ingest"), { recursive: true });
    await writeFile(join(root, "ingest"), "");
    expect(await codeOf(store.push(descriptorOf("text/plain", other), other))).toBe("ASMF_OCI_LAYOUT_INVALID");
  });

  test("and lets go of a source that was opened and not read", async () => {
    const { root, store } = await filledStore();
    await rm(join(root, "blobs"), { recursive: true });
    await writeFile(join(root, "blobs"), "");
    let cancelled = false;
    const cancel = () => {
      cancelled = true;
    };
    expect(await codeOf(store.push(blob, new ReadableStream({ cancel })))).toBe("ASMF_OCI_LAYOUT_INVALID");
    expect(cancelled).toBe(true);
  });

  test("but the error of a source is its own", async () => {
    const { store } = await filledStore();
    const missing = async () => Readable.toWeb(createReadStream("/nowhere")) as ReadableStream<Uint8Array>;
    const other = descriptorOf("text/plain", new Uint8Array([1]));
    await expect(store.push(other, missing)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("a name that the disk does not take", async () => {
    const failure = await failureOf(layout(join(await temporaryFolder(), "x".repeat(300))).push(blob, bytes));
    expect(failure.code).toBe("ASMF_OCI_LAYOUT_UNUSABLE");
  });
});

test("temporary files of writers that died long ago are removed; those of today, and what is not ours, stay", async () => {
  const { root } = await filledStore();
  const [old, young, folder] = [randomUUID(), randomUUID(), randomUUID()];
  for (const name of [old, young, "notes"]) await writeFile(join(root, "ingest", name), "half");
  await mkdir(join(root, "ingest", folder));
  for (const name of [old, "notes", folder]) await utimes(join(root, "ingest", name), new Date(0), new Date(0));
  await layout(root).push(blob, bytes);
  expect(await readdir(join(root, "ingest"))).toEqual([young, folder, "notes"].sort());
});
