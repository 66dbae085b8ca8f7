import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type FilterConfig, layout, packFilter } from "@asmfilter/oci";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { helloOnce } from "./testdata/hello.ts";
import { type Terminal, terminal } from "./testdata/terminal.ts";

const hello = helloOnce();

/** A layout `./store` with the filter hello under tag 1, whose config says more than a build would write. */
async function withArtifact(config: object): Promise<Terminal> {
  const here = await terminal();
  await hello(here);
  const store = layout(join(here.folder, "store"));
  const module = await readFile(join(here.folder, "hello/build/hello.wasm"));
  const manifest = await packFilter(store, {
    config: { name: "hello", type: "http", ...config } as FilterConfig,
    module,
  });
  await store.tag(manifest, "1");
  return here;
}

describe("what is pulled was named and described by whoever pushed it", () => {
  const scripts = { postinstall: "touch owned" };

  test.each(["package", "tsconfig", "Package", "../escape", ".eslintrc", "tsconfig.build"])(
    "the name %s does not become a file's",
    async (name) => {
      const here = await withArtifact({ name, scripts });
      await writeFile(join(here.folder, "package.json"), "{}");
      const { code, stdout } = await here.run(["pull", "./store:1"]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: "store.wasm\nstore.json\n" });
      expect(await readFile(join(here.folder, "package.json"), "utf8")).toBe("{}");
    },
  );

  test("nor does the repository's, nor one that -o gives, where other tools would obey the file beside", async () => {
    const here = await withArtifact({ name: "package", scripts });
    await here.run(["push", "hello", "./package:1"]);
    for (const argv of [
      ["./store:1", "-o", "out/package.wasm"],
      ["./store:1", "-o", "out/TSConfig.wasm"],
    ]) {
      const { code, stderr } = await here.run(["pull", ...argv]);
      expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(/other tools obey/) });
    }
    expect(await here.files("out")).toEqual([]);
  });

  test("fields of a configuration that are not ours are not written", async () => {
    const here = await withArtifact({ version: "1.0.0", scripts, bin: "x", toString: 1 });
    await here.run(["pull", "./store:1", "-o", "out"]);
    const written = JSON.parse(await readFile(join(here.folder, "out/hello.json"), "utf8"));
    expect(written).toEqual({ name: "hello", type: "http", version: "1.0.0" });
  });

  test.each(["hello.json", "hello.wasm"])("a %s with other content is kept, unless --force is given", async (file) => {
    const here = await withArtifact({});
    const path = join(here.folder, "out", file);
    await mkdir(join(here.folder, "out"));
    await writeFile(path, "mine");
    const refused = await here.run(["pull", "./store:1", "-o", "out"]);
    expect(refused).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/\[ASMF_FILE_EXISTS\]\n.*--force/),
    });
    expect(await here.files("out")).toEqual([file]);
    expect(await readFile(path, "utf8")).toBe("mine");
    expect((await here.run(["pull", "./store:1", "-o", "out", "--force"])).code).toBe(0);
    expect(await readFile(path, "utf8")).not.toBe("mine");
  });

  test("pulling the same again is fine", async () => {
    const here = await withArtifact({});
    for (let round = 0; round < 2; round++) expect((await here.run(["pull", "./store:1"])).code).toBe(0);
  });
});

describe("what comes from elsewhere cannot drive the terminal nor forge lines", () => {
  const drive = "\u001b[2K\u009b31m\u202e\u0007";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not come through
  const driving = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

  test("inspect prints an artifact's words in one line each, as text and as JSON", async () => {
    const description = `good${drive}\nsha256  ${"0".repeat(64)}`;
    const schema = { type: "object", properties: { [`a${drive}\nname   forged`]: { description: `b${drive}\nc` } } };
    const here = await withArtifact({ description, schema, version: `1${drive}\n2` });
    const text = await here.run(["inspect", "./store:1"]);
    expect(text.code, text.stderr).toBe(0);
    expect(text.stdout).not.toMatch(driving);
    expect(text.stdout).toMatch(/^description +good\[2K31m sha256 +0+$/m);
    expect(text.stdout.match(/^(sha256|name) /gm)).toEqual(["name ", "sha256 "]);
    const json = await here.run(["inspect", "./store:1", "--format", "json"]);
    expect(json.stdout).not.toMatch(driving);
    expect(JSON.parse(json.stdout)).toMatchObject({ description, schema });
  });

  test("an error keeps a resource's words in its first line, or behind a bar", async () => {
    const here = await withArtifact({});
    const key = JSON.stringify(`x${drive}\n  → run this\nerror: forged`);
    const resource = (name: string) =>
      `{"apiVersion": "asmfilter.io/v1", "kind": "ASMFilterDeployment", "metadata": {"name": ${name}}, "spec": {${key}: 1}}`;
    await writeFile(join(here.folder, "evil.yaml"), resource(key));
    const { code, stderr } = await here.run(["render", "-f", "evil.yaml"]);
    expect(code).toBe(1);
    expect(stderr).not.toMatch(driving);
    expect(stderr.match(/^error:/gm)).toHaveLength(1);
    expect(stderr.match(/^ {2}→/gm)).toHaveLength(1);
  });

  test("a skipped document's kind is shown in one line", async () => {
    const here = await withArtifact({});
    await writeFile(join(here.folder, "evil.yaml"), `kind: ${JSON.stringify(`Service${drive}\nerror: forged`)}\n`);
    const { code, stderr } = await here.run(["render", "-f", "evil.yaml"]);
    expect(code).toBe(1);
    expect(stderr).not.toMatch(driving);
    expect(stderr.match(/^error:/gm)).toHaveLength(1);
  });

  test("render writes such characters by their numbers, and they mean the same", async () => {
    const here = await withArtifact({});
    const value = `v${drive}`;
    const parameters = JSON.stringify({ header: "x-a", value });
    await writeFile(
      join(here.folder, "hello.yaml"),
      `apiVersion: asmfilter.io/v1
kind: ASMFilterDeployment
metadata: {name: hello}
spec:
  workload: {labels: {app: details}}
  filter: {image: "registry.example.com/filters/hello:1", parameters: ${parameters}}
`,
    );
    const { code, stdout, stderr } = await here.run([
      "render",
      "-f",
      "hello.yaml",
      "--artifact",
      "./store:1",
      "--delivery",
      "registry",
    ]);
    expect(code, stderr).toBe(0);
    expect(stdout).not.toMatch(driving);
    const json = await here.run([
      "render",
      "-f",
      "hello.yaml",
      "--artifact",
      "./store:1",
      "--delivery",
      "registry",
      "--format",
      "json",
    ]);
    expect(json.stdout).not.toMatch(driving);
    expect(parse(stdout)).toEqual(JSON.parse(json.stdout));
    expect(JSON.stringify(parse(stdout))).toContain("\u009b31m\u202e");
  });
});
