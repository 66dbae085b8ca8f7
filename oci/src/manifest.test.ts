import { describe, expect, test } from "vitest";
import { codeOf, failureOf } from "../test/failures.ts";
import { pick, seed, seeded } from "../test/random.ts";
import { AsmFilterError } from "./errors.ts";
import { parseIndex, parseManifest, successors } from "./manifest.ts";
import { imageIndex, imageManifest } from "./media-types.ts";

const descriptor = { mediaType: "text/plain", digest: `sha256:${"0".repeat(64)}`, size: 1 };
const manifest = {
  schemaVersion: 2,
  mediaType: imageManifest,
  config: descriptor,
  layers: [descriptor, { ...descriptor, annotations: { a: "b" } }],
  annotations: { c: "d" },
};
const index = { schemaVersion: 2, mediaType: imageIndex, manifests: [{ ...descriptor, mediaType: imageManifest }] };
const encode = (value: unknown) => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

test("a manifest is read with what it points to, in the order in which that has to exist", () => {
  const subject = { ...descriptor, mediaType: imageManifest };
  expect(parseManifest(encode(manifest), imageManifest)).toEqual(manifest);
  expect(successors(encode({ ...manifest, subject }), imageManifest)).toEqual([
    subject,
    descriptor,
    ...manifest.layers,
  ]);
  expect(successors(encode(index), imageIndex)).toEqual(index.manifests);
  expect(successors(encode("anything"), "text/plain")).toEqual([]);
});

test("null instead of annotations, as some tools write, is none", () => {
  expect(parseManifest(encode({ ...manifest, annotations: null }), imageManifest).annotations).toEqual({});
});

describe("a manifest that means different things to different readers, or nothing, is refused", () => {
  test.each<[string, unknown]>([
    ["no JSON", "{"],
    ["no UTF-8", "\ud800"],
    ["a list", []],
    ["null", null],
    ["schema 1", { ...manifest, schemaVersion: 1 }],
    ["another type inside than outside", { ...manifest, mediaType: imageIndex }],
    ["both manifest and index", { ...manifest, manifests: [] }],
    ["no config", { ...manifest, config: undefined }],
    ["no layers", { ...manifest, layers: undefined }],
    ["a layer that is null", { ...manifest, layers: [null] }],
    ["a negative size", { ...manifest, config: { ...descriptor, size: -1 } }],
    ["half a byte", { ...manifest, config: { ...descriptor, size: 0.5 } }],
    ["a size as text", { ...manifest, config: { ...descriptor, size: "1" } }],
    ["a size beyond what numbers hold", { ...manifest, config: { ...descriptor, size: 2 ** 60 } }],
    ["a digest that is a path", { ...manifest, config: { ...descriptor, digest: "sha256:../../etc/passwd" } }],
    [
      "a digest by an algorithm that is broken",
      { ...manifest, config: { ...descriptor, digest: `md5:${"0".repeat(32)}` } },
    ],
    ["a type that breaks a header", { ...manifest, config: { ...descriptor, mediaType: "a/b\r\nX: y" } }],
    ["annotations that are numbers", { ...manifest, annotations: { a: 1 } }],
    ["a field in two cases", { ...manifest, Layers: [] }],
    ["a field in another case", { ...manifest, MEDIATYPE: imageIndex }],
    ["a field by a letter that folds", { ...manifest, "layer\u017f": [] }],
    ["a field of a layer in two cases", { ...manifest, layers: [{ ...descriptor, Digest: descriptor.digest }] }],
    ["a byte order mark", `\ufeff${JSON.stringify(manifest)}`],
    [
      "a type that is nested without end",
      JSON.stringify({ ...manifest, mediaType: 0 }).replace(
        '"mediaType":0',
        `"mediaType":${"[".repeat(100_000)}${"]".repeat(100_000)}`,
      ),
    ],
    ["a subject that is text", { ...manifest, subject: "x" }],
    ["more than 4 MiB", { ...manifest, annotations: { a: "x".repeat(4 * 1024 * 1024) } }],
  ])("%s", async (_, value) => {
    const bytes = value === "\ud800" ? new Uint8Array([0x22, 0xff, 0x22]) : encode(value);
    expect(await codeOf(() => parseManifest(bytes, imageManifest))).toBe("ASMF_OCI_MANIFEST_INVALID");
  });

  test("and what it calls itself is told on one line, without control characters", async () => {
    const bytes = encode({ ...manifest, mediaType: `a\u009b31m\n${"x".repeat(1000)}` });
    const { message } = await failureOf(() => parseManifest(bytes, imageManifest));
    expect(message).toMatch(/^[\p{L}\p{N}\p{P}\p{S} ]+$/u);
    expect(message.length).toBeLessThan(500);
  });

  test("an index with layers", async () => {
    expect(await codeOf(() => parseIndex(encode({ ...index, layers: [] }), imageIndex))).toBe(
      "ASMF_OCI_MANIFEST_INVALID",
    );
  });
});

test(`whatever the bytes, reading ends with a manifest or the one error (FUZZ_SEED=${seed})`, () => {
  const random = seeded(seed);
  const values = [
    null,
    true,
    -1,
    0,
    2,
    1e300,
    "",
    "text/plain",
    [],
    {},
    [null],
    { a: null },
    descriptor,
    imageIndex,
    imageManifest,
  ];
  const fields = [
    "schemaVersion",
    "mediaType",
    "config",
    "layers",
    "manifests",
    "subject",
    "annotations",
    "artifactType",
  ];
  const inner = ["mediaType", "digest", "size", "annotations", "platform", "artifactType"];
  for (let round = 0; round < 10_000; round++) {
    const [type, base] = random() < 0.5 ? [imageManifest, manifest] : [imageIndex, index];
    const value = structuredClone(base) as Record<string, unknown>;
    for (let changes = Math.floor(random() * 3); changes >= 0; changes--) {
      const layer = { ...descriptor, [pick(random, inner)]: pick(random, values) };
      value[pick(random, fields)] = random() < 0.3 ? [layer] : random() < 0.3 ? layer : pick(random, values);
    }
    const bytes = encode(value);
    if (random() < 0.2) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    try {
      for (const node of successors(bytes, type)) {
        if (!/^sha(256|512):[0-9a-f]+$/.test(node.digest) || !Number.isSafeInteger(node.size))
          throw new Error("passed");
      }
    } catch (error) {
      if (!(error instanceof AsmFilterError)) throw new Error(`seed ${seed}, round ${round}: ${error}`);
      expect(error.code).toBe("ASMF_OCI_MANIFEST_INVALID");
    }
  }
});
