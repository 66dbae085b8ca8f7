import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { codeOf, failureOf } from "../../test/failures.ts";
import { tar } from "../../test/tar.ts";
import { readAll } from "../content.ts";
import { type Descriptor, descriptorOf } from "../descriptor.ts";
import { digestOf } from "../digest.ts";
import { parseManifest } from "../manifest.ts";
import {
  dockerConfig,
  dockerLayerTarGzip,
  dockerManifest,
  imageConfig,
  imageIndex,
  imageLayerTarGzip,
  imageManifest,
} from "../media-types.ts";
import { memory } from "../memory.ts";
import type { Target } from "../target.ts";
import { type FilterConfig, packFilter, parseFilterConfig, readFilter } from "./index.ts";
import { cncfConfig, cncfModule, filterConfig, filterModule } from "./media-types.ts";

const wasm = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 0, 3, 2, 0x68, 0x69]);
const wasmSha256 = digestOf(wasm).slice(7);
const config: FilterConfig = {
  name: "hello",
  type: "http",
  version: "0.1.0",
  description: "Greets",
  abi: "0.2.1",
  rootIDs: ["hello"],
  schema: { type: "object", properties: { z: {}, a: {} } },
  license: "Apache-2.0",
  source: "https://git.example/hello",
};

async function push(target: Target, mediaType: string, content: Uint8Array | string): Promise<Descriptor> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const descriptor = descriptorOf(mediaType, bytes);
  await target.push(descriptor, bytes);
  return descriptor;
}

/** An artifact as others push it. */
async function artifact(mediaType: string, config: [string, string], layers: readonly [string, Uint8Array | string][]) {
  const store = memory();
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: await push(store, ...config),
    layers: await Promise.all(layers.map((layer) => push(store, ...layer))),
  };
  const descriptor = await push(store, mediaType, JSON.stringify(manifest));
  await store.tag(descriptor, "v");
  return { store, descriptor };
}

describe("a filter is packed", () => {
  test("as the Istio agent wants it: the config, and exactly two layers, README and module last", async () => {
    const store = memory();
    const descriptor = await packFilter(store, { config, module: wasm, readme: "# Hello\n" });
    expect(descriptor.mediaType).toBe(imageManifest);
    const manifest = parseManifest(await readAll(store, descriptor, { limit: 10_000 }), imageManifest);
    expect(manifest.config.mediaType).toBe("application/vnd.module.wasm.config.v1+json");
    expect(manifest.layers.map(({ mediaType }) => mediaType)).toEqual([
      "text/markdown",
      "application/vnd.module.wasm.content.layer.v1+wasm",
    ]);
    expect(manifest.annotations).toEqual({
      "org.opencontainers.image.description": "Greets",
      "org.opencontainers.image.licenses": "Apache-2.0",
      "org.opencontainers.image.source": "https://git.example/hello",
      "org.opencontainers.image.title": "hello",
      "org.opencontainers.image.version": "0.1.0",
    });
    const [readme, module] = manifest.layers;
    expect(new TextDecoder().decode(await readAll(store, readme!, { limit: 100 }))).toBe("# Hello\n");
    expect(new Uint8Array(await readAll(store, module!, { limit: 100 }))).toEqual(wasm);
    expect(new TextDecoder().decode(await readAll(store, manifest.config, { limit: 10_000 }))).toBe(
      JSON.stringify(config),
    );
  });

  test("with the same digest each time, on each machine", async () => {
    const descriptor = await packFilter(memory(), { config, module: wasm, readme: "# Hello\n" });
    expect(descriptor.digest).toBe("sha256:f6e6abd437cae2125082856fd8845ba57574b4a89e35015e9f7718f116234cb0");
  });

  test("without a README with one made of name and description, for there have to be two layers", async () => {
    const store = memory();
    const descriptor = await packFilter(store, { config, module: wasm });
    const { layers } = parseManifest(await readAll(store, descriptor, { limit: 10_000 }), imageManifest);
    expect(new TextDecoder().decode(await readAll(store, layers[0]!, { limit: 100 }))).toBe("# hello\n\nGreets\n");
  });

  test("with annotations and time of one's own over those of the config", async () => {
    const store = memory();
    const descriptor = await packFilter(store, {
      config,
      module: wasm,
      annotations: { "org.opencontainers.image.title": "mine", other: "too" },
      created: new Date(0),
    });
    const { annotations } = parseManifest(await readAll(store, descriptor, { limit: 10_000 }), imageManifest);
    expect(annotations).toMatchObject({
      "org.opencontainers.image.title": "mine",
      "org.opencontainers.image.created": "1970-01-01T00:00:00Z",
      other: "too",
    });
  });

  test("only when it is WebAssembly", async () => {
    expect(await codeOf(packFilter(memory(), { config, module: new TextEncoder().encode("(module)") }))).toBe(
      "ASMF_OCI_NOT_A_FILTER",
    );
  });
});

const archive = gzipSync(tar({ path: "etc/", type: "5" }, { path: "./plugin.wasm", content: wasm }));

describe("a filter is read in every layout in use", () => {
  test("ours, with its config, by tag, by digest and by a parsed reference", async () => {
    const store = memory();
    const descriptor = await packFilter(store, { config, module: wasm });
    await store.tag(descriptor, "0.1");
    for (const version of ["0.1", descriptor.digest, { tag: "gone", digest: descriptor.digest }, { tag: "0.1" }]) {
      const filter = await readFilter(store, version);
      expect(filter).toMatchObject({ layout: "oci", config, wasmSha256, wasmSize: wasm.length });
      expect(filter.descriptor.digest).toBe(descriptor.digest);
      expect(new Uint8Array(await filter.wasm())).toEqual(wasm);
    }
  });

  const wasme =
    '{"type":"envoy_proxy","abiVersions":["v0-541b2c1155fffb15ccde92b8324f3e38f7339ba6"],"config":{"rootIds":["a"]}}';
  test.each<[string, string, [string, string], [string, Uint8Array | string][]]>([
    [
      "oci",
      imageManifest,
      [filterConfig, wasme],
      [
        ["application/vnd.module.wasm.config.v1+json", wasme],
        [filterModule, wasm],
      ],
    ],
    ["asm", imageManifest, [filterConfig, "{}"], [[filterModule, wasm]]],
    ["asm", imageManifest, [filterConfig, ""], [[filterModule, wasm]]],
    ["asm", imageManifest, [filterConfig, "no JSON"], [[filterModule, wasm]]],
    [
      "compat",
      imageManifest,
      [imageConfig, "{}"],
      [
        [imageLayerTarGzip, gzipSync("x")],
        [imageLayerTarGzip, archive],
      ],
    ],
    ["docker", dockerManifest, [dockerConfig, "{}"], [[dockerLayerTarGzip, archive]]],
    ["cncf", imageManifest, [cncfConfig, "{}"], [[cncfModule, wasm]]],
  ])("%s of others, which has no config of ours", async (layout, type, config, layers) => {
    const { store, descriptor } = await artifact(type, config, layers);
    const filter = await readFilter(store, "v");
    expect(filter).toMatchObject({ layout, config: undefined, wasmSha256, wasmSize: wasm.length, reference: "v" });
    expect(filter.descriptor.digest).toBe(descriptor.digest);
    expect(new Uint8Array(await filter.wasm())).toEqual(wasm);
  });

  test("out of an index with attestations, as docker buildx pushes it", async () => {
    const { store, descriptor } = await artifact(imageManifest, [imageConfig, "{}"], [[imageLayerTarGzip, archive]]);
    const entries = [
      { ...descriptor, platform: { os: "linux", architecture: "amd64" } },
      { ...(await push(store, imageManifest, "{}")), platform: { os: "unknown", architecture: "unknown" } },
    ];
    const index = await push(
      store,
      imageIndex,
      JSON.stringify({ schemaVersion: 2, mediaType: imageIndex, manifests: entries }),
    );
    await store.tag(index, "index");
    expect((await readFilter(store, "index")).descriptor.digest).toBe(descriptor.digest);
  });
});

describe("what is no filter is refused with what it is", () => {
  test.each<[string, string, [string, string], [string, Uint8Array | string][]]>([
    [
      "an image of something else",
      imageManifest,
      [imageConfig, "{}"],
      [[imageLayerTarGzip, gzipSync(tar({ path: "bin/sh" }))]],
    ],
    ["any artifact", imageManifest, ["application/vnd.oci.empty.v1+json", "{}"], [["text/plain", "x"]]],
    [
      "two modules",
      imageManifest,
      [filterConfig, "{}"],
      [
        [filterModule, wasm],
        [filterModule, new Uint8Array([...wasm, 0])],
      ],
    ],
    ["no layers", imageManifest, [filterConfig, "{}"], []],
  ])("%s", async (_, type, config, layers) => {
    const { store } = await artifact(type, config, layers);
    expect(await codeOf(readFilter(store, "v"))).toBe("ASMF_OCI_NOT_A_FILTER");
  });

  test("a module that is no WebAssembly", async () => {
    const { store } = await artifact(imageManifest, [filterConfig, "{}"], [[filterModule, "text"]]);
    expect(await codeOf((await readFilter(store, "v")).wasm())).toBe("ASMF_OCI_NOT_A_FILTER");
  });
});

describe("an archive cannot harm", () => {
  const bomb = (content: Uint8Array) => gzipSync(tar({ path: "plugin.wasm", content }));
  test.each<[string, Uint8Array | string, string]>([
    ["by unpacking to more than the limit", bomb(new Uint8Array(200_000)), "ASMF_OCI_TOO_LARGE"],
    [
      "by other files that unpack without end",
      gzipSync(tar({ path: "a", content: new Uint8Array(5_000_000) })),
      "ASMF_OCI_TOO_LARGE",
    ],
    ["by declaring a size", gzipSync(tar({ path: "plugin.wasm", size: 2 ** 32 })), "ASMF_OCI_TOO_LARGE"],
    ["by a link", gzipSync(tar({ path: "plugin.wasm", type: "2" })), "ASMF_OCI_ARCHIVE_INVALID"],
    [
      "by a folder that is named like the module",
      gzipSync(tar({ path: "plugin.wasm/", type: "5" }, { path: "plugin.wasm", content: wasm })),
      "ASMF_OCI_ARCHIVE_INVALID",
    ],
    [
      "by a global header that is named like the module",
      gzipSync(tar({ path: "plugin.wasm", type: "g" }, { path: "plugin.wasm", content: wasm })),
      "ASMF_OCI_ARCHIVE_INVALID",
    ],
    ["by a path out of it", gzipSync(tar({ path: "../plugin.wasm", content: wasm })), "ASMF_OCI_ARCHIVE_INVALID"],
    ["by an absolute path", gzipSync(tar({ path: "/plugin.wasm", content: wasm })), "ASMF_OCI_ARCHIVE_INVALID"],
    ["by being cut", archive.subarray(0, 60), "ASMF_OCI_ARCHIVE_INVALID"],
    ["by being no gzip", "plain text", "ASMF_OCI_ARCHIVE_INVALID"],
    [
      "by a tar that ends early",
      gzipSync(tar({ path: "plugin.wasm", content: wasm }).subarray(0, 515)),
      "ASMF_OCI_ARCHIVE_INVALID",
    ],
    [
      "by holding something else",
      gzipSync(tar({ path: "plugin.wasm", content: new Uint8Array(20) })),
      "ASMF_OCI_NOT_A_FILTER",
    ],
  ])("%s", async (_, layer, code) => {
    const { store } = await artifact(imageManifest, [imageConfig, "{}"], [[imageLayerTarGzip, layer]]);
    expect(await codeOf(readFilter(store, "v", { maxModuleBytes: 100_000 }))).toBe(code);
  });

  test("a layer that is not what its digest says is noticed, also behind the module's end", async () => {
    const { store } = await artifact(imageManifest, [imageConfig, "{}"], [[imageLayerTarGzip, archive]]);
    const changed = archive.slice();
    changed[changed.length - 1]! ^= 1;
    const appended = new Uint8Array([...archive, ...new Uint8Array(200_000)]);
    for (const bytes of [changed, appended]) {
      const fetch = async (node: Descriptor) =>
        node.mediaType === imageLayerTarGzip ? new Response(bytes).body! : store.fetch(node);
      expect(await codeOf(readFilter({ resolve: store.resolve.bind(store), fetch }, "v"))).toBe(
        "ASMF_OCI_DIGEST_MISMATCH",
      );
    }
  });
});

test("a module over the limit is not fetched", async () => {
  const store = memory();
  await store.tag(await packFilter(store, { config, module: wasm }), "v");
  const failure = await failureOf(readFilter(store, "v", { maxModuleBytes: 5 }));
  expect(failure.code).toBe("ASMF_OCI_TOO_LARGE");
});

test("a config is read leniently: fields of the wrong form are left out, others stay", () => {
  expect(
    parseFilterConfig({
      name: "a",
      type: "http",
      version: 1,
      rootIDs: "x",
      schema: [],
      examples: [{}],
      own: 1,
      upstreams: ["b"],
    }),
  ).toEqual({
    name: "a",
    type: "http",
    own: 1,
    upstreams: ["b"],
  });
  for (const value of [
    null,
    [],
    "x",
    {},
    { name: "a" },
    { name: "a", type: "envoy_proxy" },
    { name: 1, type: "http" },
  ]) {
    expect(parseFilterConfig(value)).toBeUndefined();
  }
});
