import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { codeOf, failureOf } from "../../test/failures.ts";
import { blob, filledStore, json } from "../../test/store.ts";
import { descriptorOf } from "../descriptor.ts";
import { imageManifest, refNameAnnotation } from "../media-types.ts";
import { pack } from "../pack.ts";

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

test("an index beyond all use is refused before it is read", async () => {
  const { root, store } = await filledStore();
  const index = await readFile(join(root, "index.json"), "utf8");
  await writeFile(join(root, "index.json"), index + " ".repeat(16 * 1024 * 1024));
  expect(await codeOf(store.resolve("v"))).toBe("ASMF_OCI_TOO_LARGE");
});

describe("an index that other tools wrote", () => {
  type Entry = Record<string, unknown>;
  async function change(root: string, change: (manifests: Entry[]) => Entry[] | null) {
    const index = await json(join(root, "index.json"));
    await writeFile(join(root, "index.json"), JSON.stringify({ ...index, manifests: change(index.manifests) }));
  }

  test("may list what we cannot read: the rest can be used", async () => {
    const { root, store, manifest } = await filledStore();
    const foreign = { mediaType: "x", digest: `sha384:${"0".repeat(96)}`, annotations: { [refNameAnnotation]: "f" } };
    await change(root, (manifests) => [foreign, ...manifests]);
    expect((await store.resolve("v")).digest).toBe(manifest.digest);
    await store.tag(manifest, "w");
    expect(await store.tags()).toEqual(["f", "v", "w"]);
    expect(await codeOf(store.resolve("f"))).toBe("ASMF_OCI_MANIFEST_INVALID");
  });

  test("may be empty in Go's way", async () => {
    const { root, store, manifest } = await filledStore();
    await change(root, () => null);
    expect(await store.tags()).toEqual([]);
    await store.tag(manifest, "v");
    expect((await store.resolve("v")).digest).toBe(manifest.digest);
  });

  test("may not give one name to two manifests; naming one of them ends that", async () => {
    const { root, store, manifest } = await filledStore();
    const other = await pack(store, { artifactType: "application/vnd.other" });
    await change(root, (manifests) =>
      manifests.map((entry) => ({ ...entry, annotations: { [refNameAnnotation]: "v" } })),
    );
    expect(await codeOf(store.resolve("v"))).toBe("ASMF_OCI_MANIFEST_INVALID");
    await store.tag(other, "v");
    expect((await store.resolve("v")).digest).toBe(other.digest);
    expect((await store.resolve(manifest.digest)).digest).toBe(manifest.digest);
  });

  test("keeps what it says of a manifest that gets a name", async () => {
    const { root, store, manifest } = await filledStore();
    const said = { platform: { os: "linux", architecture: "amd64" }, urls: ["https://x"], "x-other": 1 };
    await change(root, ([entry]) => [{ ...entry, ...said, annotations: { own: "y" } }]);
    await store.tag(manifest, "w");
    expect((await json(join(root, "index.json"))).manifests).toEqual([
      { ...manifest, ...said, annotations: { own: "y", [refNameAnnotation]: "w" } },
    ]);
  });

  test("is named where it is damaged", async () => {
    const { root, store } = await filledStore();
    await writeFile(join(root, "index.json"), "{");
    expect((await failureOf(store.resolve("v"))).message).toContain(join(root, "index.json"));
  });

  test("may list an index of manifests that leave their type out", async () => {
    const { store } = await filledStore();
    const untyped = new TextEncoder().encode(JSON.stringify({ schemaVersion: 2, config: blob, layers: [blob] }));
    const descriptor = descriptorOf("application/octet-stream", untyped);
    await store.push(descriptor, untyped);
    expect(await store.resolve(descriptor.digest)).toEqual({ ...descriptor, mediaType: imageManifest });
  });

  test("may name what is no tag: it is not listed", async () => {
    const { root, store } = await filledStore();
    await change(root, (manifests) => [...manifests, { annotations: { [refNameAnnotation]: "\u001b[31mred" } }]);
    expect(await store.tags()).toEqual(["v"]);
  });
});
