import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { codeOf } from "../test/failures.ts";
import { temporaryFolder } from "../test/folder.ts";
import { specRegistry } from "../test/spec-registry.ts";
import { readAll } from "./content.ts";
import { copy } from "./copy.ts";
import { type Descriptor, descriptorOf } from "./descriptor.ts";
import { layout } from "./layout/index.ts";
import { parseManifest } from "./manifest.ts";
import { imageIndex } from "./media-types.ts";
import { memory } from "./memory.ts";
import { pack } from "./pack.ts";
import { repository } from "./remote/index.ts";
import type { Target } from "./target.ts";

const artifactType = "application/vnd.example";

async function pushBlob(target: Target, text: string): Promise<Descriptor> {
  const bytes = new TextEncoder().encode(text);
  const descriptor = descriptorOf("text/plain", bytes);
  await target.push(descriptor, bytes);
  return descriptor;
}

async function pushIndex(target: Target, manifests: readonly Descriptor[]): Promise<Descriptor> {
  const bytes = new TextEncoder().encode(JSON.stringify({ schemaVersion: 2, mediaType: imageIndex, manifests }));
  const descriptor = descriptorOf(imageIndex, bytes);
  await target.push(descriptor, bytes);
  return descriptor;
}

/** An index of two manifests that share a layer. */
async function source() {
  const store = memory();
  const shared = await pushBlob(store, "shared");
  const one = await pack(store, { artifactType, layers: [shared, await pushBlob(store, "one")] });
  const two = await pack(store, { artifactType, layers: [shared, await pushBlob(store, "two")] });
  const index = await pushIndex(store, [one, two]);
  await store.tag(index, "v");
  return { store, one, two, index };
}

/** Lets a test look at, and change, what passes. */
function watch(target: Target, around: Partial<Target>): Target {
  return Object.assign(Object.create(target, {}), {
    title: target.title,
    fetch: target.fetch.bind(target),
    push: target.push.bind(target),
    exists: target.exists.bind(target),
    resolve: target.resolve.bind(target),
    tag: target.tag.bind(target),
    tags: target.tags.bind(target),
    ...around,
  });
}

test("everything is copied, once, and has the same digest and the tag", async () => {
  const { store, index, one } = await source();
  const to = memory();
  const nodes: string[] = [];
  const root = await copy(store, "v", to, "w", { onNode: ({ digest }, outcome) => nodes.push(`${outcome} ${digest}`) });
  expect(root.digest).toBe(index.digest);
  expect((await to.resolve("w")).digest).toBe(index.digest);
  expect(nodes).toHaveLength(new Set(nodes).size);
  expect(nodes).toHaveLength(7);
  expect(nodes.at(-1)).toBe(`copied ${index.digest}`);
  await readAll(to, one, { limit: 1000 });
});

test("a node is written after everything that it points to", async () => {
  const { store, index, one, two } = await source();
  const order: string[] = [];
  const to = memory();
  await copy(
    store,
    "v",
    watch(to, { push: async (node, content) => to.push(node, content).then(() => void order.push(node.digest)) }),
  );
  expect(order.at(-1)).toBe(index.digest);
  for (const manifest of [one, two]) {
    const { layers } = JSON.parse(new TextDecoder().decode(await readAll(store, manifest, { limit: 1000 })));
    for (const layer of layers) expect(order.indexOf(layer.digest)).toBeLessThan(order.indexOf(manifest.digest));
  }
});

test("what is there is not sent again", async () => {
  const { store } = await source();
  const to = memory();
  await copy(store, "v", to, "w");
  const outcomes: string[] = [];
  await copy(watch(store, { fetch: () => Promise.reject(new Error("fetched")) }), "v", to, "x", {
    onNode: (_, outcome) => outcomes.push(outcome),
  });
  expect(outcomes).toEqual(["skipped"]);
  expect(await to.tags()).toEqual(["w", "x"]);
});

test("at most three transfers run at a time, or as many as are asked for", async () => {
  const store = memory();
  const layers = await Promise.all(Array.from({ length: 12 }, (_, number) => pushBlob(store, `layer ${number}`)));
  await store.tag(await pack(store, { artifactType, layers }), "v");
  for (const [options, most] of [
    [{}, 3],
    [{ concurrency: 1 }, 1],
    [{ concurrency: 5 }, 5],
  ] as const) {
    let running = 0;
    let peak = 0;
    const to = memory();
    const push: Target["push"] = async (node, content) => {
      peak = Math.max(peak, ++running);
      await new Promise((resolve) => setTimeout(resolve, 2));
      await to.push(node, content);
      running -= 1;
    };
    await copy(store, "v", watch(to, { push }), undefined, options);
    expect(peak).toBe(most);
  }
});

test("a failure ends the copy: nothing is named, no more is begun, and what ran has ended", async () => {
  const store = memory();
  const layers = await Promise.all(Array.from({ length: 9 }, (_, number) => pushBlob(store, `layer ${number}`)));
  await store.tag(await pack(store, { artifactType, layers }), "v");
  const to = memory();
  let begun = 0;
  let running = 0;
  const push: Target["push"] = async (node, _, options) => {
    begun += 1;
    if (node.digest === layers[0]!.digest) throw new Error("disk full");
    running += 1;
    await sleep(20);
    running -= 1;
    options?.signal?.throwIfAborted();
  };
  await expect(copy(store, "v", watch(to, { push }), "w")).rejects.toThrow("disk full");
  expect(running).toBe(0);
  // Three at a time, and perhaps the one that took the failed one's place.
  expect(begun).toBeLessThanOrEqual(4);
  expect(await to.tags()).toEqual([]);
});

test("a signal ends the copy with its reason", async () => {
  const { store } = await source();
  const stop = new AbortController();
  const registry = await specRegistry(() => {
    stop.abort(new Error("enough"));
    return false;
  });
  await expect(copy(store, "v", repository(`${registry.address}/a`), "v", { signal: stop.signal })).rejects.toThrow(
    "enough",
  );
});

test("a damaged source is noticed, and the destination keeps nothing of it that could be found", async () => {
  const { store, one } = await source();
  const fetch: Target["fetch"] = async (node) =>
    node.digest === one.digest ? new Response(new Uint8Array(node.size)).body! : store.fetch(node);
  const to = memory();
  expect(await codeOf(copy(watch(store, { fetch }), "v", to, "w"))).toBe("ASMF_OCI_DIGEST_MISMATCH");
  expect(await to.exists(one)).toBe(false);
  expect(await to.tags()).toEqual([]);
});

test("indexes in indexes without end are refused", async () => {
  const store = memory();
  let node = await pack(store, { artifactType });
  for (let level = 0; level < 20; level++) node = await pushIndex(store, [node]);
  await store.tag(node, "deep");
  expect(await codeOf(copy(store, "deep", memory(), "v"))).toBe("ASMF_OCI_MANIFEST_INVALID");
});

test("what is listed once as a blob and once as a manifest is refused, whatever comes first", async () => {
  for (const blobFirst of [true, false]) {
    const { store, one } = await source();
    const asBlob = { ...one, mediaType: "application/octet-stream" };
    const index = await pushIndex(store, blobFirst ? [asBlob, one] : [one, asBlob]);
    expect(await codeOf(copy(store, index.digest, memory(), "v"))).toBe("ASMF_OCI_MANIFEST_INVALID");
  }
});

test("a digest under two sizes is refused, and blobs under two types are copied once", async () => {
  const store = memory();
  const layer = await pushBlob(store, "x");
  const twice = (other: Partial<Descriptor>) => pack(store, { artifactType, layers: [layer, { ...layer, ...other }] });
  expect(await codeOf(copy(store, (await twice({ size: 2 })).digest, memory()))).toBe("ASMF_OCI_MANIFEST_INVALID");
  const to = memory();
  await copy(store, (await twice({ mediaType: "text/markdown" })).digest, to);
  expect(await to.exists(layer)).toBe(true);
});

test("a manifest whose bytes are there as a blob only is copied with all below it", async () => {
  for (const make of [memory, async () => layout(await temporaryFolder())]) {
    const { store, one, index } = await source();
    const to = await make();
    const asBlob = { ...one, mediaType: "application/octet-stream" };
    await to.push(asBlob, await readAll(store, one, { limit: 1000 }));
    await copy(store, "v", to, "v");
    expect(await to.exists(index)).toBe(true);
    const { layers } = parseManifest(await readAll(to, one, { limit: 1000 }), one.mediaType);
    for (const layer of layers) expect(await to.exists(layer)).toBe(true);
  }
});

test("what cannot be done is said before anything is copied", async () => {
  const { store, one } = await source();
  const to = memory();
  expect(await codeOf(copy(store, "v", to, "not/a/tag"))).toBe("ASMF_OCI_REFERENCE_INVALID");
  for (const version of [one.digest, { digest: one.digest }, { tag: "v", digest: one.digest }]) {
    expect(await codeOf(copy(store, "v", to, version))).toBe("ASMF_OCI_DIGEST_MISMATCH");
  }
  for (const concurrency of [0, -1, 1.5, Number.NaN]) {
    await expect(copy(store, "v", to, "w", { concurrency })).rejects.toThrow(RangeError);
  }
  expect(await to.exists(one)).toBe(false);
});

describe("into a registry", () => {
  test("the manifest is sent once, under its tag", async () => {
    const { store, index } = await source();
    const registry = await specRegistry();
    const to = repository(`${registry.address}/a/b`);
    await copy(store, "v", to, "w");
    expect((await to.resolve("w")).digest).toBe(index.digest);
    const puts = registry.seen.filter(({ method, url }) => method === "PUT" && url.includes("/manifests/"));
    expect(puts.map(({ url }) => url).at(-1)).toBe("/v2/a/b/manifests/w");
    expect(puts).toHaveLength(3);
  });

  test("many transfers side by side raise no warning", async () => {
    const warnings: string[] = [];
    const warned = ({ name }: Error) => void warnings.push(name);
    process.on("warning", warned);
    onTestFinished(() => void process.off("warning", warned));
    const from = repository(`${(await specRegistry()).address}/a`);
    const layers = await Promise.all(Array.from({ length: 12 }, (_, number) => pushBlob(from, `layer ${number}`)));
    const manifest = await pack(from, { artifactType, layers });
    await copy(from, manifest.digest, repository(`${(await specRegistry()).address}/b`), "v", { concurrency: 12 });
    await sleep(1);
    expect(warnings).toEqual([]);
  });

  test("an upload that fails for a moment is sent again, from a source that is opened again", async () => {
    const { store, index } = await source();
    let failures = 2;
    const registry = await specRegistry(({ method, url }, response) => {
      if (method !== "PUT" || !url?.includes("/uploads/") || failures-- <= 0) return false;
      response.writeHead(503).end();
      return true;
    });
    const to = repository(`${registry.address}/a`, { delay: 1 });
    await copy(store, "v", to, "w");
    expect((await to.resolve("w")).digest).toBe(index.digest);
  });
});
