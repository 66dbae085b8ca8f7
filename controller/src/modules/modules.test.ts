import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packFilter } from "@asmfilter/oci";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ModuleCache } from "./cache.ts";
import type { PullSecret } from "./credentials.ts";
import { Modules } from "./modules.ts";

/** `(module (func (export "proxy_abi_version_0_2_1")))`, and a custom section that tells one from another. */
function wasm(mark: number): Uint8Array {
  const name = Buffer.from("proxy_abi_version_0_2_1");
  const section = (id: number, ...bytes: number[]): number[] => [id, bytes.length, ...bytes];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, 0x60, 0, 0),
    ...section(3, 1, 0),
    ...section(7, 1, name.length, ...name, 0, 0),
    ...section(10, 1, 2, 0, 0x0b),
    ...section(0, 1, 0x6d, mark),
  ]);
}

/** A registry with one tag that can be moved; those who pull have to be `robot`. */
class PrivateRegistry {
  readonly requests: string[] = [];
  readonly #blobs = new Map<string, { mediaType: string; bytes: Uint8Array }>();
  address = "";
  #server: Server | undefined;
  #tag = "";

  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      this.requests.push(`${request.method} ${request.url}`);
      if (request.headers.authorization !== `Basic ${Buffer.from("robot:secret").toString("base64")}`) {
        response.writeHead(401, { "www-authenticate": 'Basic realm="registry"' }).end();
        return;
      }
      const reference = request.url?.split("/").at(-1) ?? "";
      const found = this.#blobs.get(reference === "1" ? this.#tag : reference);
      if (found === undefined) response.writeHead(404).end();
      else
        response
          .writeHead(200, { "content-type": found.mediaType, "content-length": found.bytes.length })
          .end(request.method === "HEAD" ? undefined : found.bytes);
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, "127.0.0.1", resolve));
    this.address = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Pushes a module, and moves the tag to it. */
  async push(module: Uint8Array): Promise<string> {
    const config = { name: "hello", version: "1.0.0", abi: "0.2.1", type: "http", rootIDs: ["hello"] };
    const manifest = await packFilter(this.#recording(), { config: config as never, module });
    this.#tag = manifest.digest;
    return manifest.digest;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  #recording(): Parameters<typeof packFilter>[0] {
    const blobs = this.#blobs;
    return {
      exists: async ({ digest }: { digest: string }) => blobs.has(digest),
      push: async ({ digest, mediaType }: { digest: string; mediaType: string }, bytes: Uint8Array) => {
        blobs.set(digest, { mediaType, bytes });
      },
    } as never;
  }
}

const registry = new PrivateRegistry();
const options = { pullSecret: "regcred", plainHTTP: false, insecureSkipVerify: false };
let folder: string;
let secrets: Record<string, PullSecret>;

const secretFor = (host: string, password: string): PullSecret => ({
  type: "kubernetes.io/dockerconfigjson",
  data: {
    ".dockerconfigjson": Buffer.from(JSON.stringify({ auths: { [host]: { username: "robot", password } } })).toString(
      "base64",
    ),
  },
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asmfilter-modules-"));
  await registry.start();
  registry.requests.length = 0;
  secrets = {
    "shop/regcred": secretFor(registry.address, "secret"),
    "other/regcred": secretFor(registry.address, "guess"),
  };
});
afterEach(async () => {
  await registry.stop();
  await rm(folder, { recursive: true });
});

async function modules(limit = 1_000_000): Promise<Modules> {
  const cache = await ModuleCache.open(folder, limit);
  return new Modules(cache, async (namespace, name) => secrets[`${namespace}/${name}`], Buffer.alloc(32, 1));
}

const request = (more: object = {}) => ({
  namespace: "shop",
  image: `${registry.address}/filters/hello:1`,
  options,
  ...more,
});

test("an image is found with the namespace's own secret, pinned to its digest, and its module read and kept", async () => {
  const digest = await registry.push(wasm(1));
  const found = await modules();
  const artifact = await found.resolve(request());
  expect(artifact).toMatchObject({
    digest,
    wasmSha256: createHash("sha256").update(wasm(1)).digest("hex"),
    size: wasm(1).length,
    config: { rootIDs: ["hello"] },
  });
  expect(Buffer.from(await found.bytes(artifact))).toEqual(Buffer.from(wasm(1)));
});

test("a digest that is pinned stays although the tag moves, and costs no request", async () => {
  const first = await registry.push(wasm(1));
  const found = await modules();
  await found.resolve(request());
  await registry.push(wasm(2));
  registry.requests.length = 0;
  expect((await found.resolve(request({ pinned: first }))).digest).toBe(first);
  expect(registry.requests).toEqual([]);
  expect((await found.resolve(request())).digest).not.toBe(first);
});

test("many that ask at once share one pull", async () => {
  await registry.push(wasm(1));
  const found = await modules();
  await Promise.all(Array.from({ length: 10 }, () => found.resolve(request())));
  const blobs = registry.requests.filter((line) => line.startsWith("GET") && line.includes("/blobs/"));
  expect(blobs.length).toBe(new Set(blobs).size);
});

test("after a restart nothing is asked of a registry that is away", async () => {
  const digest = await registry.push(wasm(1));
  const artifact = await (await modules()).resolve(request());
  await registry.stop();
  const restarted = await modules();
  expect(await restarted.resolve(request({ pinned: digest }))).toEqual(artifact);
  await registry.start();
});

describe("what is cached for one namespace is refused to another", () => {
  test.each<[string, () => void, string]>([
    ["whose password is wrong", () => undefined, "ASMF_OCI_UNAUTHORIZED"],
    ["that has no such secret", () => delete secrets["other/regcred"], "ASMF_PULL_SECRET_INVALID"],
    [
      "whose secret is of another type",
      () => (secrets["other/regcred"] = { type: "Opaque", data: {} }),
      "ASMF_PULL_SECRET_INVALID",
    ],
    [
      "whose secret is not readable",
      () => (secrets["other/regcred"] = { ...secretFor("a", "b"), data: { ".dockerconfigjson": "e30x" } }),
      "ASMF_OCI_CREDENTIALS_INVALID",
    ],
  ])("%s", async (_, change, code) => {
    change();
    const digest = await registry.push(wasm(1));
    const found = await modules();
    await found.resolve(request());
    const asked = found.resolve(request({ namespace: "other", pinned: digest }));
    await expect(asked).rejects.toMatchObject({ code });
  });

  test("and given once it has shown that it may", async () => {
    const digest = await registry.push(wasm(1));
    const found = await modules();
    await found.resolve(request());
    secrets["other/regcred"] = secretFor(registry.address, "secret");
    expect((await found.resolve(request({ namespace: "other", pinned: digest }))).digest).toBe(digest);
  });
});

describe("the cache", () => {
  test("keeps no more than it may, and pulls again what went", async () => {
    const first = await registry.push(wasm(1));
    const found = await modules(wasm(1).length + 1);
    const artifact = await found.resolve(request());
    await registry.push(wasm(2));
    await found.resolve(request());
    await expect(found.bytes(artifact)).rejects.toThrow();
    await found.resolve(request({ pinned: first }));
    expect(await found.bytes(artifact)).toHaveLength(wasm(1).length);
  });

  test("never gives out a module that was changed on disk, and pulls it again", async () => {
    await registry.push(wasm(1));
    const found = await modules();
    const artifact = await found.resolve(request());
    const file = (await readdir(folder)).find((name) => name.endsWith(".wasm"))!;
    await writeFile(join(folder, file), wasm(3));
    await expect(found.bytes(artifact)).rejects.toThrow(/has SHA-256/);
    await found.resolve(request());
    expect(Buffer.from(await found.bytes(artifact))).toEqual(Buffer.from(wasm(1)));
  });

  test("holds no credential", async () => {
    await registry.push(wasm(1));
    await (await modules()).resolve(request());
    for (const name of await readdir(folder)) {
      expect(await readFile(join(folder, name), "latin1")).not.toMatch(/secret|cm9ib3Q6/);
    }
  });
});
