import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  agentFetcher,
  available,
  DockerRegistry,
  envoyFilterValidator,
  fetchAsAgent,
  Registry,
  removeFolder,
  requirePart,
  temporaryFolder,
  validateEnvoyFilters,
} from "../stack/index.ts";

describe("Istio's EnvoyFilter validator", () => {
  beforeEach((context) => requirePart(context, envoyFilterValidator));

  const good = envoyFilter("good", {
    applyTo: "EXTENSION_CONFIG",
    patch: {
      operation: "ADD",
      value: {
        name: "example",
        typed_config: {
          "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
        },
      },
    },
  });

  test("accepts a good one, without a warning", async () => {
    expect(await validateEnvoyFilters(JSON.stringify(good))).toEqual([{ name: "good", errors: [], warnings: [] }]);
  });

  test.each([
    ["has no operation", { patch: { operation: "INVALID" } }, "missing patch operation"],
    ["has no applyTo", { applyTo: "INVALID" }, "missing applyTo"],
    [
      "holds a type that Envoy does not have",
      {
        patch: {
          operation: "ADD",
          value: { name: "x", typed_config: { "@type": "type.googleapis.com/no.such.Type" } },
        },
      },
      "no.such.Type",
    ],
    ["has a field that EnvoyFilter does not have", { surprise: true }, 'unknown field "surprise"'],
    ["names a version that is no expression", { match: { proxy: { proxyVersion: "(" } } }, "missing closing )"],
  ])("refuses one that %s", async (_what, change, reason) => {
    const [patch] = good.spec.configPatches;
    const [verdict] = await validateEnvoyFilters(JSON.stringify(envoyFilter("bad", { ...patch, ...change })));
    expect(verdict?.errors.join("\n")).toContain(reason);
  });

  test("warns of a field that Envoy's own type does not have", async () => {
    const [patch] = structuredClone(good.spec.configPatches) as [{ patch: { value: { typed_config: object } } }];
    Object.assign(patch.patch.value.typed_config, { no_such_field: 1 });
    const [verdict] = await validateEnvoyFilters(JSON.stringify(envoyFilter("typo", patch)));
    expect([verdict?.errors, verdict?.warnings.join("\n")]).toEqual([[], expect.stringContaining("no_such_field")]);
  });

  test("judges each document of a stream by its name", async () => {
    const other = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "other" } };
    const verdicts = await validateEnvoyFilters(`${JSON.stringify(good)}\n---\n${JSON.stringify(other)}\n`);
    expect(verdicts.map(({ name, errors }) => [name, errors])).toEqual([
      ["good", []],
      ["other", ["not an EnvoyFilter: v1 ConfigMap"]],
    ]);
  });
});

describe("the istio-agent's image fetcher", () => {
  beforeEach((context) => requirePart(context, agentFetcher, Registry, DockerRegistry));

  const registry = new Registry();
  beforeAll(async () => {
    if (available(Registry)) await registry.start();
  });
  afterAll(() => registry.stop());

  const bytes = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  const other = { mediaType: "application/vnd.module.wasm.config.v1+json", content: Buffer.from("{}") };
  const module = { mediaType: "application/vnd.module.wasm.content.layer.v1+wasm", content: bytes };

  test("takes an artifact of two layers of which one is the module", async () => {
    const reference = `${registry.address}/filters/two:1`;
    const digest = await push(reference, [other, module]);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    expect(await fetchAsAgent(reference)).toEqual({ digest, sha256, size: bytes.length });
  });

  test.each([
    ["of one layer", [module], "number of layers must be 2 but got 1"],
    ["of three layers", [other, other, module], "number of layers must be 2 but got 3"],
    ["whose module is none", [other, { ...module, content: Buffer.from("not wasm") }], "holds no wasm module"],
  ])("refuses an artifact %s", async (_what, layers, reason) => {
    const reference = `${registry.address}/filters/refused:1`;
    await push(reference, layers);
    await expect(fetchAsAgent(reference)).rejects.toThrow(reason);
  });

  test("says why when there is no such image", async () => {
    await expect(fetchAsAgent(`${registry.address}/nobody/home:1`)).rejects.toThrow("could not fetch manifest");
  });

  // pkg/wasm/imagefetcher.go, validateAllRealms: meant against forged realms of bearer tokens, applied to every challenge.
  test.each([
    [
      "takes an image from a registry that asks for basic auth with a URL as its realm",
      "https://registry.example",
      undefined,
    ],
    ["refuses a registry that asks for basic auth with any other realm", "registry", 'realm scheme "" not allowed'],
  ])("%s", async (_title, realm, reason) => {
    const locked = new DockerRegistry({ username: "robot", password: "secret", realm });
    await locked.start();
    const folder = await temporaryFolder("docker-config");
    try {
      const auth = Buffer.from("robot:secret").toString("base64");
      const dockerConfig = join(folder, "config.json");
      await writeFile(dockerConfig, JSON.stringify({ auths: { [locked.address]: { auth } } }));
      const reference = `${locked.address}/filters/two:1`;
      const digest = await push(reference, [other, module], { authorization: `Basic ${auth}` });
      const fetched = fetchAsAgent(reference, { dockerConfig });
      await (reason ? expect(fetched).rejects.toThrow(reason) : expect(fetched).resolves.toMatchObject({ digest }));
    } finally {
      await locked.stop();
      await removeFolder(folder);
    }
  });
});

interface Layer {
  readonly mediaType: string;
  readonly content: Uint8Array<ArrayBuffer>;
}

/** Pushes an artifact by plain requests, and returns the digest of its manifest. */
async function push(
  reference: string,
  layers: readonly Layer[],
  headers: Record<string, string> = {},
): Promise<string> {
  const [, host, repository, tag] = /^([^/]+)\/(.+):(.+)$/.exec(reference)!;
  const base = `http://${host}/v2/${repository}`;
  const blobs = await Promise.all(
    [{ mediaType: "application/vnd.module.wasm.config.v1+json", content: Buffer.from("{}") }, ...layers].map(
      async ({ mediaType, content }) => {
        const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
        const upload = await fetch(`${base}/blobs/uploads/`, { method: "POST", headers });
        const location = new URL(upload.headers.get("location")!, base);
        location.searchParams.set("digest", digest);
        expect((await fetch(location, { method: "PUT", body: content, headers })).status).toBe(201);
        return { mediaType, digest, size: content.length };
      },
    ),
  );
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const body = JSON.stringify({ schemaVersion: 2, mediaType, config: blobs[0], layers: blobs.slice(1) });
  const put = { method: "PUT", body, headers: { ...headers, "content-type": mediaType } };
  expect((await fetch(`${base}/manifests/${tag}`, put)).status).toBe(201);
  return `sha256:${createHash("sha256").update(body).digest("hex")}`;
}

function envoyFilter(name: string, patch: object) {
  return {
    apiVersion: "networking.istio.io/v1alpha3",
    kind: "EnvoyFilter",
    metadata: { name, namespace: "default" },
    spec: { workloadSelector: { labels: { app: "web" } }, priority: 10, configPatches: [patch] },
  };
}
