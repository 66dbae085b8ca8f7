import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { codeOf, failureOf } from "../../test/failures.ts";
import { temporaryFolder } from "../../test/folder.ts";
import { blob, bytes, filledStore, json } from "../../test/store.ts";
import { readAll } from "../content.ts";
import { descriptorOf } from "../descriptor.ts";
import { refNameAnnotation } from "../media-types.ts";
import { layout } from "./index.ts";

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

test("a layout that is deleted under a program is made anew by its next push", async () => {
  const { root, store, manifest } = await filledStore();
  await rm(root, { recursive: true });
  await store.push(blob, bytes);
  expect(await store.exists(blob)).toBe(true);
  expect(await codeOf(store.resolve(manifest.digest))).toBe("ASMF_OCI_NOT_FOUND");
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
