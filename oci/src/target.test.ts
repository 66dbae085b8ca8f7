import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { codeOf } from "../test/failures.ts";
import { temporaryFolder } from "../test/folder.ts";
import { specRegistry } from "../test/spec-registry.ts";
import { readAll } from "./content.ts";
import { descriptorOf } from "./descriptor.ts";
import { layout } from "./layout/index.ts";
import { memory } from "./memory.ts";
import { pack } from "./pack.ts";
import { repository } from "./remote/index.ts";
import type { Target } from "./target.ts";

const targets: Record<string, () => Promise<Target>> = {
  memory: async () => memory(),
  layout: async () => layout(join(await temporaryFolder(), "store")),
  repository: async () => repository(`${(await specRegistry()).address}/a/b`),
};

const bytes = new TextEncoder().encode("hello");
const blob = descriptorOf("text/plain", bytes);
const absent = descriptorOf("text/plain", new Uint8Array([1]));

async function filled(target: Target) {
  await target.push(blob, bytes);
  return pack(target, { artifactType: "application/vnd.example", layers: [blob] });
}

describe.each(Object.entries(targets))("what every target keeps: %s", (_, make) => {
  test("content comes back as it was pushed, by digest", async () => {
    const target = await make();
    expect(await target.exists(blob)).toBe(false);
    await target.push(blob, bytes);
    expect(await target.exists(blob)).toBe(true);
    expect(new Uint8Array(await readAll(target, blob, { limit: 100 }))).toEqual(bytes);
  });

  test("content is pushed as bytes, as a stream, or as a function that opens one, by sha256 and sha512", async () => {
    const target = await make();
    const stream = () => new Response(bytes).body!;
    for (const content of [bytes, stream(), async () => stream()]) {
      for (const algorithm of ["sha256", "sha512"] as const) {
        const one = descriptorOf("text/plain", bytes, algorithm);
        await target.push(one, content instanceof ReadableStream ? stream() : content);
        expect(new Uint8Array(await readAll(target, one, { limit: 100 }))).toEqual(bytes);
      }
    }
  });

  test("empty content is content", async () => {
    const target = await make();
    const empty = descriptorOf("text/plain", new Uint8Array());
    await target.push(empty, new Uint8Array());
    expect(await readAll(target, empty, { limit: 0 })).toHaveLength(0);
  });

  test("pushing twice is no error", async () => {
    const target = await make();
    expect(await filled(target)).toEqual(await filled(target));
  });

  test("content that does not fit its descriptor fails and cannot be seen", async () => {
    const target = await make();
    const other = new TextEncoder().encode("hEllo");
    expect(await codeOf(target.push(blob, other))).toBe("ASMF_OCI_DIGEST_MISMATCH");
    expect(await codeOf(target.push(blob, new Response(other).body!))).toBe("ASMF_OCI_DIGEST_MISMATCH");
    expect(await codeOf(target.push(blob, bytes.subarray(1)))).toBe("ASMF_OCI_INCOMPLETE");
    expect(await codeOf(target.push(blob, new Uint8Array(6)))).toBe("ASMF_OCI_DIGEST_MISMATCH");
    expect(await target.exists(blob)).toBe(false);
  });

  test("a source that fails midway fails the push, with its own error", async () => {
    const target = await make();
    const broken = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes.subarray(0, 2));
      },
      pull() {
        throw new Error("the disk is gone");
      },
    });
    await expect(target.push(blob, broken)).rejects.toThrow("the disk is gone");
    expect(await target.exists(blob)).toBe(false);
  });

  test("what is not there is not found", async () => {
    const target = await make();
    await filled(target);
    expect(await codeOf(target.fetch(absent))).toBe("ASMF_OCI_NOT_FOUND");
    expect(await codeOf(target.resolve("nothing"))).toBe("ASMF_OCI_NOT_FOUND");
    expect(await codeOf(target.resolve(absent.digest))).toBe("ASMF_OCI_NOT_FOUND");
    expect(await codeOf(target.tag({ ...absent, mediaType: "application/vnd.oci.image.manifest.v1+json" }, "v"))).toBe(
      "ASMF_OCI_NOT_FOUND",
    );
  });

  test("a tag names a manifest, and moves to another", async () => {
    const target = await make();
    const first = await filled(target);
    const second = await pack(target, { artifactType: "application/vnd.other", layers: [blob] });
    await target.tag(first, "v");
    await target.tag(first, "w");
    expect(await target.resolve("v")).toMatchObject({
      digest: first.digest,
      size: first.size,
      mediaType: first.mediaType,
    });
    await target.tag(second, "v");
    expect((await target.resolve("v")).digest).toBe(second.digest);
    expect((await target.resolve("w")).digest).toBe(first.digest);
    expect((await target.resolve(first.digest)).digest).toBe(first.digest);
    expect(await target.tags()).toEqual(["v", "w"]);
  });

  test("the manifest whose tag was taken stays, by its digest", async () => {
    const target = await make();
    const first = await filled(target);
    await target.tag(first, "v");
    await target.tag(await pack(target, { artifactType: "application/vnd.other" }), "v");
    expect((await target.resolve(first.digest)).digest).toBe(first.digest);
  });

  test.each(["", "../x", "a/b", "-x", "a b", "sha256:abc", "a:b", "x?y"])(
    "%j is neither tag nor digest",
    async (text) => {
      const target = await make();
      const manifest = await filled(target);
      expect(await codeOf(target.resolve(text))).toBe("ASMF_OCI_REFERENCE_INVALID");
      expect(await codeOf(target.tag(manifest, text))).toBe("ASMF_OCI_REFERENCE_INVALID");
    },
  );
});
