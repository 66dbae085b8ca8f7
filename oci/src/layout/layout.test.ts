import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { watch } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { codeOf, failureOf } from "../../test/failures.ts";
import { temporaryFolder } from "../../test/folder.ts";
import { readAll } from "../content.ts";
import { descriptorOf } from "../descriptor.ts";
import { refNameAnnotation } from "../media-types.ts";
import { pack } from "../pack.ts";
import { layout } from "./index.ts";

const bytes = new TextEncoder().encode("hello");
const blob = descriptorOf("text/plain", bytes);
const artifactType = "application/vnd.example";

async function filledStore() {
  const root = join(await temporaryFolder(), "store");
  const store = layout(root);
  await store.push(blob, bytes);
  const manifest = await pack(store, { artifactType, layers: [blob] });
  await store.tag(manifest, "v");
  return { root, store, manifest, file: join(root, "blobs", "sha256", blob.digest.slice(7)) };
}

const json = async (file: string) => JSON.parse(await readFile(file, "utf8"));

test("the folder is laid out as the image-spec says", async () => {
  const { root, manifest } = await filledStore();
  expect(await json(join(root, "oci-layout"))).toEqual({ imageLayoutVersion: "1.0.0" });
  expect(await json(join(root, "index.json"))).toEqual({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [{ ...manifest, annotations: { [refNameAnnotation]: "v" } }],
  });
  expect(await readdir(join(root, "ingest"))).toEqual([]);
  expect(await readdir(root)).not.toContain("index.json.lock");
});

test("a path is relative to the working folder that is given, and names the layout in messages", async () => {
  const cwd = await temporaryFolder();
  await layout("./a", { cwd }).push(blob, bytes);
  expect(await readdir(join(cwd, "a"))).toContain("oci-layout");
  expect((await failureOf(layout("./b", { cwd }).resolve("v"))).message).toContain("./b");
});

test("what other tools wrote into the index is kept", async () => {
  const { root, store, manifest } = await filledStore();
  const index = await json(join(root, "index.json"));
  index.annotations = { other: "tool" };
  index.manifests[0].annotations["io.containerd.image.name"] = "x";
  index.manifests[0].unknown = 1;
  await writeFile(join(root, "index.json"), JSON.stringify(index));
  await store.tag(manifest, "w");
  const after = await json(join(root, "index.json"));
  expect(after.annotations).toEqual({ other: "tool" });
  expect(after.manifests[0]).toEqual(index.manifests[0]);
});

test("a folder with other things in it is not made a layout", async () => {
  const root = await temporaryFolder();
  await writeFile(join(root, "README.md"), "mine");
  expect(await codeOf(layout(root).push(blob, bytes))).toBe("ASMF_OCI_LAYOUT_INVALID");
  expect(await readdir(root)).toEqual(["README.md"]);
});

test("a layout of another version is refused", async () => {
  const { root } = await filledStore();
  await writeFile(join(root, "oci-layout"), '{"imageLayoutVersion":"2.0.0"}');
  expect(await codeOf(layout(root).resolve("v"))).toBe("ASMF_OCI_LAYOUT_INVALID");
  expect(await codeOf(layout(root).push(blob, bytes))).toBe("ASMF_OCI_LAYOUT_INVALID");
});

describe("a blob that was changed on disk is never returned", () => {
  test.each([
    ["another byte", "hellO", "ASMF_OCI_DIGEST_MISMATCH"],
    ["cut short", "hell", "ASMF_OCI_INCOMPLETE"],
    ["grown", "hello!", "ASMF_OCI_DIGEST_MISMATCH"],
  ])("%s", async (_, text, code) => {
    const { store, file } = await filledStore();
    await writeFile(file, text);
    expect(await codeOf(readAll(store, blob, { limit: 100 }))).toBe(code);
  });

  test("a changed manifest", async () => {
    const { root, store, manifest } = await filledStore();
    const file = join(root, "blobs", "sha256", manifest.digest.slice(7));
    await writeFile(file, (await readFile(file, "utf8")).replace("example", "exAmple"));
    expect(await codeOf(readAll(store, manifest, { limit: 1000 }))).toBe("ASMF_OCI_DIGEST_MISMATCH");
  });
});

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

test("a push that was broken off leaves nothing behind", async () => {
  const { root, store } = await filledStore();
  const stop = new AbortController();
  const endless = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await sleep(1);
      controller.enqueue(new Uint8Array(10));
      stop.abort(new Error("stopped"));
    },
  });
  const large = { ...blob, digest: `sha256:${"1".repeat(64)}` as const, size: 100 };
  await expect(store.push(large, endless, { signal: stop.signal })).rejects.toThrow();
  expect(await readdir(join(root, "ingest"))).toEqual([]);
  expect(await store.exists(large)).toBe(false);
});

test("a signal ends a push whose source hangs, with its reason, and lets go of the source", async () => {
  const { root, store } = await filledStore();
  const stop = new AbortController();
  let cancelled = false;
  const hanging = new ReadableStream<Uint8Array>({
    pull: () => new Promise(() => {}),
    cancel: () => {
      cancelled = true;
    },
  });
  setTimeout(() => stop.abort(new Error("enough")), 20);
  const other = descriptorOf("text/plain", new Uint8Array([1]));
  await expect(store.push(other, hanging, { signal: stop.signal })).rejects.toThrow("enough");
  expect(cancelled).toBe(true);
  expect(await readdir(join(root, "ingest"))).toEqual([]);
});

test("a source that does not get read to its end is let go", async () => {
  const { store } = await filledStore();
  for (const descriptor of [blob, { ...blob, digest: `sha256:${"1".repeat(64)}` as const, size: 3 }]) {
    let cancelled = false;
    const source = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(bytes),
      cancel: () => {
        cancelled = true;
      },
    });
    await store.push(descriptor, source).catch(() => {});
    expect(cancelled).toBe(true);
  }
});

test("a signal that was given ends everything with its reason", async () => {
  const { store, manifest } = await filledStore();
  const signal = AbortSignal.abort(new Error("enough"));
  for (const work of [
    () => store.fetch(blob, { signal }),
    () => store.exists(blob, { signal }),
    () => store.push(blob, bytes, { signal }),
    () => store.resolve("v", { signal }),
    () => store.tag(manifest, "v", { signal }),
    () => store.tags({ signal }),
  ]) {
    await expect(work()).rejects.toThrow("enough");
  }
});

test("an index beyond all use is refused before it is read", async () => {
  const { root, store } = await filledStore();
  const index = await readFile(join(root, "index.json"), "utf8");
  await writeFile(join(root, "index.json"), index + " ".repeat(16 * 1024 * 1024));
  expect(await codeOf(store.resolve("v"))).toBe("ASMF_OCI_TOO_LARGE");
});

// A program of its own, on the compiled package, so that it can be killed.
const writer = `
  const { layout } = await import(process.argv[1]);
  const { pack } = await import(process.argv[2]);
  const [root, name, count] = process.argv.slice(3);
  const store = layout(root);
  process.stdout.write("started\\n");
  for (let round = 0; round < Number(count); round++) {
    const manifest = await pack(store, { artifactType: "application/vnd.example", annotations: { name, round: String(round) } });
    await store.tag(manifest, name + "-" + round);
    process.stdout.write(name + "-" + round + "\\n");
  }
`;

async function startWriter(root: string, name: string, count: number) {
  const dist = (file: string) => pathToFileURL(join(import.meta.dirname, "..", "..", "dist", file)).href;
  const child = spawn(
    process.execPath,
    ["--input-type=module", "-e", writer, dist("layout/index.js"), dist("pack.js"), root, name, String(count)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
  });
  return { child, done: once(child, "exit"), written: () => output.split("\n").filter((line) => line.includes("-")) };
}

test("four processes that write at the same time lose nothing", async () => {
  const root = join(await temporaryFolder(), "store");
  const writers = await Promise.all(["a", "b", "c", "d"].map((name) => startWriter(root, name, 10)));
  for (const { done } of writers) expect(await done).toEqual([0, null]);
  const expected = writers.flatMap(({ written }) => written()).sort();
  expect(expected).toHaveLength(40);
  expect(await layout(root).tags()).toEqual(expected);
});

test("writers that are killed at any moment leave a whole layout, with all that they had finished, for the next one", async () => {
  const root = join(await temporaryFolder(), "store");
  const finished: string[] = [];
  for (let round = 0; round < 8; round++) {
    const { child, done, written } = await startWriter(root, `k${round}`, 1000);
    while (written().length < 3) await sleep(1);
    await sleep(Math.random() * 20);
    child.kill("SIGKILL");
    await done;
    finished.push(...written());
  }
  const store = layout(root);
  const tags = await store.tags();
  expect(tags).toEqual(expect.arrayContaining(finished));
  for (const tag of tags) await readAll(store, await store.resolve(tag), { limit: 10_000 });
  await store.tag(await store.resolve(tags[0]!), "next");
  expect(await store.tags()).toEqual([...tags, "next"].sort());
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
