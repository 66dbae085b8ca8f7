import { expect, test } from "vitest";
import { codeOf } from "../test/failures.ts";
import { readAll } from "./content.ts";
import { descriptorOf } from "./descriptor.ts";
import { memory } from "./memory.ts";
import { pack } from "./pack.ts";

const layer = { ...descriptorOf("text/plain", new TextEncoder().encode("x")), annotations: { b: "2", a: "1" } };

async function packed(options: Parameters<typeof pack>[1]) {
  const store = memory();
  const descriptor = await pack(store, options);
  return { store, descriptor, text: new TextDecoder().decode(await readAll(store, descriptor, { limit: 10_000 })) };
}

test("the same options give the same bytes, today and tomorrow, whatever the order of annotations", async () => {
  const { descriptor, text } = await packed({
    artifactType: "application/vnd.example",
    layers: [layer],
    annotations: { z: "1", a: "2" },
  });
  expect(text).toBe(
    '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"application/vnd.example",' +
      '"config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},' +
      '"layers":[{"mediaType":"text/plain","digest":"sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881","size":1,"annotations":{"a":"1","b":"2"}}],' +
      '"annotations":{"a":"2","z":"1"}}',
  );
  const again = await packed({
    artifactType: "application/vnd.example",
    layers: [layer],
    annotations: { a: "2", z: "1" },
  });
  expect(again.descriptor).toEqual(descriptor);
});

test("a manifest without layers gets the empty one, and what it points to is there", async () => {
  const { store, text } = await packed({ artifactType: "application/vnd.example" });
  const { config, layers } = JSON.parse(text);
  expect(layers).toEqual([config]);
  expect(new TextDecoder().decode(await readAll(store, config, { limit: 2 }))).toBe("{}");
});

test("a manifest with neither config nor type is refused", async () => {
  expect(await codeOf(pack(memory(), {}))).toBe("ASMF_OCI_MANIFEST_INVALID");
});

test("time and subject are written where they are given", async () => {
  const subject = {
    ...descriptorOf("application/vnd.oci.image.manifest.v1+json", new Uint8Array()),
    annotations: { a: "b" },
  };
  const { text } = await packed({ artifactType: "a/b", created: new Date("2026-01-02T03:04:05.678Z"), subject });
  const { annotations, subject: written } = JSON.parse(text);
  expect(annotations).toEqual({ "org.opencontainers.image.created": "2026-01-02T03:04:05Z" });
  expect(written).toEqual({ mediaType: subject.mediaType, digest: subject.digest, size: 0 });
});
