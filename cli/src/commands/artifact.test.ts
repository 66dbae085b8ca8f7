import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { helloOnce } from "../testdata/hello.ts";
import { registry } from "../testdata/registry.ts";
import { type Terminal, terminal } from "../testdata/terminal.ts";

const hello = helloOnce();
const digest = /sha256:[0-9a-f]{64}/;

async function withHello(): Promise<Terminal> {
  const here = await terminal();
  await hello(here);
  return here;
}

async function json(here: Terminal, argv: string[]) {
  const { code, stdout, stderr } = await here.run([...argv, "--format", "json"]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

describe("build", () => {
  test("says what it wrote and where", async () => {
    const here = await withHello();
    const built = await json(here, ["build", "hello"]);
    const wasm = await readFile(join(here.folder, "hello/build/hello.wasm"));
    expect(built).toEqual({
      name: "hello",
      size: wasm.byteLength,
      sha256: createHash("sha256").update(wasm).digest("hex"),
      wasm: join(here.folder, "hello/build/hello.wasm"),
      config: join(here.folder, "hello/build/hello.json"),
      map: join(here.folder, "hello/build/hello.wasm.map"),
    });
    expect(JSON.parse(await readFile(built.config, "utf8"))).toMatchObject({ name: "hello", rootIDs: ["hello"] });
  });

  test("writes where -o says", async () => {
    const here = await withHello();
    expect((await here.run(["build", "hello", "-o", "out"])).code).toBe(0);
    expect(await here.files("out")).toEqual(["hello.json", "hello.wasm", "hello.wasm.map"]);
  });
});

describe("inspect", () => {
  test("says the same of file, folder, layout and registry, and the digest where there is one", async () => {
    const here = await withHello();
    const { host } = await registry();
    const pushed = await json(here, ["push", "hello", `${host}/hello:0.1`]);
    await here.run(["push", "hello", "./store:0.1"]);
    const { source: _file, ...file } = await json(here, ["inspect", "hello/build/hello.wasm"]);
    expect(file).toMatchObject({ name: "hello", version: "0.1.0", abi: "0.2.1", type: "http", rootIDs: ["hello"] });
    expect(file.callbacks).toContain("proxy_on_response_headers");
    expect(file.callbacks).not.toContain("proxy_on_request_headers");
    expect(file.schema.properties).toMatchObject({ header: { type: "string" }, value: { type: "string" } });
    for (const subject of ["hello", "./store:0.1", `${host}/hello:0.1`, pushed.reference]) {
      const { source: _source, ...found } = await json(here, ["inspect", subject]);
      expect(found, subject).toEqual({ ...file, digest: pushed.digest });
    }
  });

  test("prints a table for people", async () => {
    const here = await withHello();
    const { stdout } = await here.run(["inspect", "hello/build/hello.wasm"]);
    expect(stdout).toMatch(/^name +hello$/m);
    expect(stdout).toMatch(/^parameters +header: string = "x-hello"/m);
    expect(stdout).toMatch(/^sha256 +[0-9a-f]{64}$/m);
  });

  test("leaves the folder as it is", async () => {
    const here = await terminal();
    await here.run(["init", "hello"]);
    const before = await here.files();
    expect((await here.run(["inspect", "hello"])).code).toBe(0);
    expect(await here.files()).toEqual(before);
  });

  test("of a module that another tool made says what its bytes tell", async () => {
    const here = await withHello();
    await writeFile(join(here.folder, "other.wasm"), await readFile(join(here.folder, "hello/build/hello.wasm")));
    const found = await json(here, ["inspect", "other.wasm"]);
    expect(found.abi).toBe("0.2.1");
    expect(found).not.toHaveProperty("name");
  });
});

describe("push and pull", () => {
  test("push prints the reference with the digest, which names the same artifact afterwards", async () => {
    const here = await withHello();
    const { host } = await registry();
    const { code, stdout, stderr } = await here.run(["push", "hello", `oci://${host}/filters/hello:0.1`]);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${host}/filters/hello:0\\.1@${digest.source}\n$`));
    const pulled = await here.run(["pull", stdout.trim(), "-o", "out"]);
    expect(pulled).toMatchObject({ code: 0, stdout: "out/hello.wasm\nout/hello.json\n" });
    for (const file of ["hello.wasm", "hello.json"]) {
      const text = async (folder: string) => (await readFile(join(here.folder, folder, file))).toString("latin1");
      expect(JSON.stringify(await text("out")), file).toBe(JSON.stringify(await text("hello/build")));
    }
  });

  test("a layout and a registry get the same digest", async () => {
    const here = await withHello();
    const { host } = await registry();
    const there = await json(here, ["push", "hello", `${host}/hello:0.1`]);
    const local = await json(here, ["push", "hello", "./store:0.1"]);
    expect(local.digest).toBe(there.digest);
    expect(local.reference).toBe(`./store:0.1@${there.digest}`);
  });

  test("a folder that was never built is built by push", async () => {
    const here = await terminal();
    await here.run(["init", "hello"]);
    expect((await here.run(["push", "hello", "./store:0.1"])).code).toBe(0);
    expect(await here.files("hello/build")).toEqual(["hello.json", "hello.wasm", "hello.wasm.map"]);
  });

  test("annotations reach the manifest, and the digest a file", async () => {
    const here = await withHello();
    const annotations = ["--annotation", "team=edge", "--annotation", "org.opencontainers.image.vendor=Example = Co"];
    const pushed = await json(here, ["push", "hello", "./store:0.1", ...annotations, "--digest-file", "digest"]);
    expect(await readFile(join(here.folder, "digest"), "utf8")).toBe(`${pushed.digest}\n`);
    const manifest = join(here.folder, "store/blobs/sha256", pushed.digest.slice("sha256:".length));
    expect(JSON.parse(await readFile(manifest, "utf8")).annotations).toMatchObject({
      team: "edge",
      "org.opencontainers.image.vendor": "Example = Co",
    });
  });

  test("a password comes from stdin, or from docker's configuration", async () => {
    const here = await withHello();
    const { host } = await registry({ credentials: "me:secret" });
    const flags = ["--username", "me", "--password-stdin"];
    expect(await here.run(["push", "hello", `${host}/hello:0.1`, ...flags], { stdin: "secret\n" })).toMatchObject({
      code: 0,
    });
    await mkdir(join(here.folder, "docker"));
    const auths = { [host]: { auth: Buffer.from("me:secret").toString("base64") } };
    await writeFile(join(here.folder, "docker/config.json"), JSON.stringify({ auths }));
    const env = { DOCKER_CONFIG: join(here.folder, "docker") };
    expect(await here.run(["pull", `${host}/hello:0.1`, "-o", "out"], { env })).toMatchObject({ code: 0 });
    expect(await here.run(["pull", `${host}/hello:0.1`, "--username", "me"])).toMatchObject({ code: 2 });
  });

  test("pull writes the module to the file that -o names, its configuration beside it", async () => {
    const here = await withHello();
    await here.run(["push", "hello", "./store:0.1"]);
    expect((await here.run(["pull", "./store:0.1", "-o", "out/other.wasm"])).code).toBe(0);
    expect(await here.files("out")).toEqual(["other.json", "other.wasm"]);
  });

  test("pull writes nothing where one of its files cannot be written", async () => {
    const here = await withHello();
    await here.run(["push", "hello", "./store:0.1"]);
    await mkdir(join(here.folder, "out/hello.json"), { recursive: true });
    const { code, stderr } = await here.run(["pull", "./store:0.1", "-o", "out"]);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(/it is a folder \[ASMF_FILE\]/) });
    expect(await here.files("out")).toEqual([]);
  });

  test("a module that another tool made can be pushed too", async () => {
    const here = await withHello();
    await writeFile(join(here.folder, "other.wasm"), await readFile(join(here.folder, "hello/build/hello.wasm")));
    expect((await here.run(["push", "other.wasm", "./store:1"])).code).toBe(0);
    expect(await json(here, ["inspect", "./store:1"])).toMatchObject({ name: "other", abi: "0.2.1" });
  });
});
