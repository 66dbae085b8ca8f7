import { createHash } from "node:crypto";
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packFilter } from "@asmfilter/oci";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
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

/** A registry with one tag that can be moved; those who pull have to be `robot`. Holds any repository. */
class PrivateRegistry {
  readonly requests: string[] = [];
  readonly #blobs = new Map<string, { mediaType: string; bytes: Uint8Array }>();
  address = "";
  password = "secret";
  hangs = false;
  #server: Server | undefined;
  #tag = "";

  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      this.requests.push(`${request.method} ${request.url}`);
      if (this.hangs) return;
      if (request.headers.authorization !== `Basic ${Buffer.from(`robot:${this.password}`).toString("base64")}`) {
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
  registry.password = "secret";
  registry.hangs = false;
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

  test("and is kept for the one that was given it, without its secret and across a restart", async () => {
    const digest = await registry.push(wasm(1));
    await (await modules()).resolve(request());
    delete secrets["shop/regcred"];
    const again = await modules();
    expect(again.kept("shop", digest)).toMatchObject({ digest });
    expect(again.kept("other", digest)).toBeUndefined();
  });

  test("and given once it has shown that it may", async () => {
    const digest = await registry.push(wasm(1));
    const found = await modules();
    await found.resolve(request());
    secrets["other/regcred"] = secretFor(registry.address, "secret");
    expect((await found.resolve(request({ namespace: "other", pinned: digest }))).digest).toBe(digest);
  });
});

/** A registry that has nothing, and says of whatever digest it is asked for that it has it. */
async function liar(): Promise<{ address: string; close(): void }> {
  const server = createServer((request, response) => {
    const digest = request.url?.split("/").at(-1) ?? "";
    const headers = { "content-type": "application/vnd.oci.image.manifest.v1+json", "content-length": 500 };
    if (request.method === "HEAD") response.writeHead(200, { ...headers, "docker-content-digest": digest }).end();
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

test("a registry that stands for the metadata service of a cloud is not asked", async () => {
  const asked = (await modules()).resolve({
    namespace: "shop",
    image: "169.254.169.254/latest/meta-data:1",
    options: { ...options, pullSecret: undefined, plainHTTP: true },
  });
  await expect(asked).rejects.toMatchObject({ code: "ASMF_OCI_REFERENCE_INVALID" });
});

describe("another repository", () => {
  test.each(["fixed in the image", "pinned earlier"])(
    "that only says it has what another gave opens nothing: %s",
    async (where) => {
      const digest = await registry.push(wasm(1));
      const found = await modules();
      await found.resolve(request());
      const own = await liar();
      const image = `${own.address}/x/y`;
      const asked = found.resolve({
        namespace: "other",
        image: where === "pinned earlier" ? image : `${image}@${digest}`,
        options: { ...options, pullSecret: undefined },
        pinned: digest,
      });
      await expect(asked).rejects.toMatchObject({ code: "ASMF_OCI_NOT_FOUND" });
      own.close();
    },
  );

  test("whose tag claims to be what another gave opens nothing", async () => {
    const digest = await registry.push(wasm(1));
    const found = await modules();
    await found.resolve(request());
    const server = createServer((incoming, response) => {
      if (incoming.method !== "HEAD") return response.writeHead(404).end();
      const headers = { "content-type": "application/vnd.oci.image.manifest.v1+json", "content-length": 500 };
      return response.writeHead(200, { ...headers, "docker-content-digest": digest }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const image = `127.0.0.1:${(server.address() as AddressInfo).port}/x/y:1`;
    const asked = found.resolve({ namespace: "other", image, options: { ...options, pullSecret: undefined } });
    await expect(asked).rejects.toMatchObject({ code: "ASMF_OCI_NOT_FOUND" });
    server.close();
  });

  test("that gives the content itself opens it, and what it says is believed from then on", async () => {
    await registry.push(wasm(1));
    const found = await modules();
    const artifact = await found.resolve(request());
    const image = `${registry.address}/mirror/hello:1`;
    registry.requests.length = 0;
    expect(await found.resolve(request({ image }))).toEqual(artifact);
    expect(registry.requests.filter((line) => line.startsWith("GET") && line.includes("/blobs/"))).not.toEqual([]);
    registry.requests.length = 0;
    secrets["other/regcred"] = secretFor(registry.address, "secret");
    await found.resolve(request({ image, namespace: "other" }));
    expect(registry.requests.filter((line) => line.includes("/blobs/"))).toEqual([]);
  });
});

describe("what a namespace has shown", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  async function shown(): Promise<{ found: Modules; digest: string }> {
    const digest = await registry.push(wasm(1));
    const found = await modules();
    await found.resolve(request());
    registry.requests.length = 0;
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 11 * 60_000 });
    return { found, digest };
  }

  test("is asked for again after ten minutes, without its content", async () => {
    const { found, digest } = await shown();
    await found.resolve(request({ pinned: digest }));
    expect(registry.requests.length).toBeGreaterThan(0);
    expect(registry.requests.filter((line) => line.includes("/blobs/"))).toEqual([]);
    registry.requests.length = 0;
    await found.resolve(request({ pinned: digest }));
    expect(registry.requests).toEqual([]);
  });

  test("is over when the registry then says no", async () => {
    const { found, digest } = await shown();
    registry.password = "changed";
    await expect(found.resolve(request({ pinned: digest }))).rejects.toMatchObject({ code: "ASMF_OCI_UNAUTHORIZED" });
  });

  test("goes on to hold while the registry cannot be reached, but for nobody else", async () => {
    const { digest } = await shown();
    await registry.stop();
    const restarted = await modules();
    expect((await restarted.resolve(request({ pinned: digest }))).digest).toBe(digest);
    secrets["other/regcred"] = secretFor(registry.address, "secret");
    const other = restarted.resolve(request({ namespace: "other", pinned: digest }));
    await expect(other).rejects.toMatchObject({ code: "ASMF_OCI_UNREACHABLE" });
    await registry.start();
  });

  test("holds too when the registry has not answered by the deadline, but not when whoever asked gave up", async () => {
    const { found, digest } = await shown();
    registry.hangs = true;
    const late = { pinned: digest, signal: AbortSignal.timeout(50) };
    expect((await found.resolve(request(late))).digest).toBe(digest);
    const stop = new AbortController();
    const given = found.resolve(request({ pinned: digest, signal: stop.signal }));
    stop.abort(new Error("no longer wanted"));
    await expect(given).rejects.toThrow("no longer wanted");
  });

  test("is remembered of a bounded number, the latest, and of all who show it at once", async () => {
    const digest = await registry.push(wasm(1));
    const cache = await ModuleCache.open(folder, 1_000_000);
    const found = new Modules(cache, async () => secretFor(registry.address, "secret"), Buffer.alloc(32, 1));
    await found.resolve(request());
    const names = Array.from({ length: 40 }, (_, index) => `team-${index}`);
    await Promise.all(names.map((namespace) => found.resolve(request({ namespace, pinned: digest }))));
    registry.requests.length = 0;
    await Promise.all(names.map((namespace) => found.resolve(request({ namespace, pinned: digest }))));
    expect(registry.requests).toEqual([]);
    for (let index = 0; index < 600; index++) await cache.grant(digest, `grant-${index}`, index);
    expect(Object.keys(cache.get(digest)!.grants)).toHaveLength(512);
    expect(cache.get(digest)!.grants).toHaveProperty("grant-599");
    expect(cache.get(digest)!.grants).not.toHaveProperty("grant-0");
  });
});

describe("the folder", () => {
  const entries = (): Promise<string[]> => readdir(folder).then((names) => names.sort());

  test.each<[string, (json: string) => Promise<void>]>([
    ["an empty object", (json) => writeFile(json, "{}")],
    ["half of it", async (json) => writeFile(json, (await readFile(json, "utf8")).slice(0, 40))],
    [
      "another digest",
      async (json) => writeFile(json, (await readFile(json, "utf8")).replace(/sha256:.{8}/, "sha256:00000000")),
    ],
    ["no module", (json) => rm(json.replace(/json$/, "wasm"))],
    ["a module of another length", (json) => writeFile(json.replace(/json$/, "wasm"), "x")],
  ])("that holds %s in place of an entry opens, and is clean then", async (_, damage) => {
    const digest = await registry.push(wasm(1));
    await (await modules()).resolve(request());
    const json = (await entries()).find((name) => name.endsWith(".json"))!;
    await damage(join(folder, json));
    const reopened = await modules();
    expect(await entries()).toEqual([]);
    expect((await reopened.resolve(request())).digest).toBe(digest);
  });

  test("loses what a write left behind that was cut short, and nothing that is not ours", async () => {
    await registry.push(wasm(1));
    await (await modules()).resolve(request());
    const whole = await entries();
    const module = whole.find((name) => name.endsWith(".wasm"))!;
    await writeFile(join(folder, `${module}.0f8b2c1e-0000-4000-8000-000000000000.tmp`), "half");
    await writeFile(join(folder, `sha256-${"0".repeat(64)}.wasm`), "orphan");
    await writeFile(join(folder, "package.json"), "{}");
    await modules();
    expect(await entries()).toEqual([...whole, "package.json"].sort());
  });

  test("is brought below its limit when it is opened, what was written longest ago first", async () => {
    const first = await registry.push(wasm(1));
    const found = await modules();
    await found.resolve(request());
    const second = await registry.push(wasm(2));
    await found.resolve(request());
    const file = `${first.replace(":", "-")}.json`;
    await utimes(join(folder, file), 1, 1);
    const cache = await ModuleCache.open(folder, wasm(1).length + 1);
    expect(cache.get(first)).toBeUndefined();
    expect(cache.get(second)).toBeDefined();
    expect(await entries()).toHaveLength(2);
  });

  test("is made for this user alone", async () => {
    await ModuleCache.open(join(folder, "a/b"), 1);
    expect((await stat(join(folder, "a/b"))).mode & 0o777).toBe(0o700);
  });

  test("that others may write into, or that is a link, is refused", async () => {
    const shared = join(folder, "shared");
    await mkdir(shared);
    await chmod(shared, 0o777);
    await expect(ModuleCache.open(shared, 1)).rejects.toMatchObject({ code: "ASMF_CONTROLLER_OPTION_INVALID" });
    await chmod(shared, 0o700);
    await symlink(shared, join(folder, "link"));
    await expect(ModuleCache.open(join(folder, "link"), 1)).rejects.toThrow(/is no folder/);
  });

  test.runIf(process.getuid?.() === 0)("of another user is refused", async () => {
    await chown(folder, 65534, 65534);
    await expect(ModuleCache.open(folder, 1)).rejects.toThrow(/belongs to user 65534, not 0/);
  });
});

describe("the cache", () => {
  test("counts reading as use", async () => {
    await registry.push(wasm(1));
    const found = await modules(2 * wasm(1).length);
    const first = await found.resolve(request());
    await registry.push(wasm(2));
    const second = await found.resolve(request());
    await found.bytes(first);
    await registry.push(wasm(3));
    await found.resolve(request());
    expect(await found.bytes(first)).toHaveLength(wasm(1).length);
    await expect(found.bytes(second)).rejects.toThrow();
  });

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
