import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type AsmFilterError,
  copy,
  descriptorOf,
  type FilterConfig,
  layout,
  memory,
  openTarget,
  pack,
  packFilter,
  readAll,
  readFilter,
  repository,
  type Target,
} from "@asmfilter/oci";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { available, DockerRegistry, Registry, removeFolder, requirePart, temporaryFolder } from "../stack/index.ts";

const wasm = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
const config: FilterConfig = { name: "hello", type: "http", version: "0.1.0", description: "Greets" };
const login = { username: "me", password: "a pass:wörd" };

let folder: string | undefined;
beforeEach(async () => {
  folder = await temporaryFolder("oci");
});
afterEach(() => removeFolder(folder));

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: AsmFilterError) => error.code,
  );

describe.each([
  ["go-containerregistry's registry", Registry, new Registry(), {}],
  ["docker-registry, with a password", DockerRegistry, new DockerRegistry(login), { credentials: login }],
] as const)("%s", (_, part, registry, options) => {
  beforeAll(() => (available(part) ? registry.start() : undefined));
  afterAll(() => registry.stop());
  beforeEach((context) => requirePart(context, part));

  const open = (name: string): Target => repository(`${registry.address}/tests/${name}`, options);

  test("a filter goes from a folder through the registry into another folder, and stays the same", async () => {
    const from = layout(join(folder!, "from"));
    const manifest = await packFilter(from, { config, module: wasm });
    await from.tag(manifest, "0.1");
    const remote = open("hello");
    expect((await copy(from, "0.1", remote, "0.1")).digest).toBe(manifest.digest);
    expect((await remote.resolve("0.1")).digest).toBe(manifest.digest);
    const to = layout(join(folder!, "to"));
    await copy(remote, "0.1", to, "mine");
    const filter = await readFilter(to, "mine");
    expect(filter).toMatchObject({ descriptor: { digest: manifest.digest }, config, layout: "oci" });
    expect(new Uint8Array(await filter.wasm())).toEqual(wasm);
    expect(await readFile(join(folder!, "to", "blobs", "sha256", filter.wasmSha256))).toEqual(Buffer.from(wasm));
  });

  test("a filter is packed into the registry itself, and read there by tag and digest", async () => {
    const remote = openTarget(`${registry.address}/tests/direct:1`, options);
    const manifest = await packFilter(remote, { config, module: wasm });
    await remote.tag(manifest, "1");
    for (const version of ["1", manifest.digest]) {
      expect((await readFilter(remote, version)).descriptor.digest).toBe(manifest.digest);
    }
  });

  test("tags move, and are listed", async () => {
    const remote = open("tags");
    const first = await packFilter(remote, { config, module: wasm });
    const second = await packFilter(remote, { config: { ...config, version: "0.2.0" }, module: wasm });
    for (const tag of ["a", "b"]) await remote.tag(first, tag);
    await remote.tag(second, "b");
    expect(await remote.tags()).toEqual(["a", "b"]);
    expect((await remote.resolve("a")).digest).toBe(first.digest);
    expect((await remote.resolve("b")).digest).toBe(second.digest);
  });

  test("20 MB arrive as they were sent, and are sent once", async () => {
    const store = memory();
    const bytes = randomBytes(20 * 1024 * 1024);
    const blob = descriptorOf("application/octet-stream", bytes);
    await store.push(blob, bytes);
    await store.tag(await pack(store, { artifactType: "application/vnd.example", layers: [blob] }), "v");
    const remote = open("large");
    await copy(store, "v", remote, "v");
    expect(bytes.equals(await readAll(remote, blob, { limit: bytes.length }))).toBe(true);
    const outcomes: string[] = [];
    await copy(store, "v", remote, "w", { onNode: (_, outcome) => outcomes.push(outcome) });
    expect(outcomes).toEqual(["skipped"]);
  });

  test("content that is not what it says is not stored", async () => {
    const remote = open("wrong");
    const bytes = randomBytes(100_000);
    const blob = descriptorOf("application/octet-stream", bytes);
    const changed = bytes.map((byte, at) => (at === 99_999 ? byte ^ 1 : byte));
    expect(await codeOf(remote.push(blob, new Response(changed).body!))).toBe("ASMF_OCI_DIGEST_MISMATCH");
    expect(await remote.exists(blob)).toBe(false);
  });

  test("what is not there is not found: repository, tag, blob", async () => {
    await packFilter(open("there"), { config, module: wasm });
    expect(await codeOf(open("nowhere").resolve("v"))).toBe("ASMF_OCI_NOT_FOUND");
    expect(await codeOf(open("there").resolve("v"))).toBe("ASMF_OCI_NOT_FOUND");
    expect(await codeOf(open("there").fetch(descriptorOf("text/plain", randomBytes(5))))).toBe("ASMF_OCI_NOT_FOUND");
  });

  test("plain HTTP is refused where it was not allowed", async () => {
    const strict = repository(`${registry.address}/tests/hello`, { ...options, plainHTTP: false });
    expect(await codeOf(strict.resolve("0.1"))).toBe("ASMF_OCI_PLAIN_HTTP_REFUSED");
  });
});

describe("a registry that wants a password", () => {
  const registry = new DockerRegistry(login);
  beforeAll(() => (available(DockerRegistry) ? registry.start() : undefined));
  afterAll(() => registry.stop());
  beforeEach((context) => requirePart(context, DockerRegistry));

  test("refuses none and a wrong one, for reading and for writing", async () => {
    for (const credentials of [undefined, { ...login, password: "wrong" }]) {
      const remote = repository(`${registry.address}/a`, { credentials });
      expect(await codeOf(remote.resolve("v"))).toBe("ASMF_OCI_UNAUTHORIZED");
      expect(await codeOf(packFilter(remote, { config, module: wasm }))).toBe("ASMF_OCI_UNAUTHORIZED");
    }
  });

  test("that goes away is not reachable, with its address", async () => {
    const { address } = registry;
    await registry.stop({ keep: true });
    const failure = await repository(`${address}/a`)
      .resolve("v")
      .catch((error: AsmFilterError) => error);
    expect(failure).toMatchObject({ code: "ASMF_OCI_UNREACHABLE", message: expect.stringContaining(address) });
    await registry.start();
    expect(await codeOf(repository(`${address}/a`, { credentials: login }).resolve("v"))).toBe("ASMF_OCI_NOT_FOUND");
  });
});
