import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { readDebugMap } from "./debug/index.ts";
import { AsmFilterError, type BuildResult, build } from "./index.ts";
import { temporaryFolder } from "./testdata/folder.ts";
import { guestFolder } from "./testdata/guest.ts";
import { SmallProxy } from "./testdata/proxy.ts";

const HELLO = fileURLToPath(new URL("../../filters/hello", import.meta.url));

let folder: string;
let hello: BuildResult;

async function copyOfHello(): Promise<string> {
  const copy = join(await temporaryFolder("hello"), "some", "where");
  await cp(HELLO, copy, { recursive: true, filter: (path) => !path.endsWith("build") });
  return copy;
}

async function failure(promise: Promise<unknown>): Promise<AsmFilterError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AsmFilterError);
  return error as AsmFilterError;
}

beforeAll(async () => {
  folder = await copyOfHello();
  hello = await build({ folder });
});

test("a folder without node_modules builds a module and the config of its artifact", async () => {
  expect(await readdir(join(folder, "build"))).toEqual(["hello.json", "hello.wasm", "hello.wasm.map"]);
  expect(JSON.parse(await readFile(hello.configPath, "utf8"))).toEqual(hello.config);
  expect(hello.warnings).toEqual([]);
  expect(hello.config).toMatchObject({
    name: "hello",
    version: "0.1.0",
    abi: "0.2.1",
    type: "http",
    rootIDs: ["hello"],
    imports: ["proxy_get_buffer_bytes", "proxy_log", "proxy_replace_header_map_value"],
    exports: ["proxy_on_configure", "proxy_on_context_create", "proxy_on_delete", "proxy_on_response_headers"],
    defaults: { patchContext: "SIDECAR_INBOUND", failurePolicy: "FailClosed" },
    examples: [{ name: "greet the world", parameters: { header: "x-hello", value: "world" } }],
    sdk: "0.1.0",
    compiler: "assemblyscript 0.28.20",
  });
});

test("hello sets its header, and is no larger than promised", () => {
  const proxy = new SmallProxy(hello.wasm);
  expect(proxy.configure({ value: "Grüße" })).toBe(true);
  proxy.request(2, []);
  proxy.call("proxy_on_response_headers", 2, 0, 0);
  expect(proxy.header("x-hello", 2)).toBe("Grüße");
  expect(hello.wasm.length).toBeLessThanOrEqual(5120);
});

test("the same sources give the same bytes in another folder", async () => {
  const other = await build({ folder: await copyOfHello() });
  expect(Buffer.from(other.wasm).equals(hello.wasm)).toBe(true);
  expect(await readFile(other.configPath)).toEqual(await readFile(hello.configPath));
  expect(await readFile(other.mapPath, "utf8")).toBe(await readFile(hello.mapPath, "utf8"));
});

test("the debug map is of this module and names no file of the machine", async () => {
  const { map } = await readDebugMap(hello.mapPath);
  expect(map.x_asmfilter.sha256).toBe(createHash("sha256").update(hello.wasm).digest("hex"));
  expect(map.sources).toContain("assembly/index.ts");
  for (const source of map.sources) expect(source).toMatch(/^(assembly|~lib)\//);

  const copy = await copyOfHello();
  const { wasmPath, mapPath } = await build({ folder: copy });
  await writeFile(wasmPath, hello.wasm.subarray(1));
  await expect(readDebugMap(mapPath)).rejects.toMatchObject({ code: "ASMF_DEBUG_MAP_MISMATCH" });
  await writeFile(mapPath, "{}");
  await expect(readDebugMap(mapPath)).rejects.toMatchObject({ code: "ASMF_DEBUG_MAP_INVALID" });
});

test("a mistake is named by file, line and column, and leaves the earlier build alone", async () => {
  const copy = await copyOfHello();
  const { wasmPath } = await build({ folder: copy });
  const path = join(copy, "assembly/index.ts");
  await writeFile(path, (await readFile(path, "utf8")).replace("this.config.value", "this.config.valeu"));
  const error = await failure(build({ folder: copy }));
  expect(error.code).toBe("ASMF_COMPILE");
  const message = "Property 'valeu' does not exist on type 'assembly/index/Config'.";
  expect(error.diagnostics).toEqual([
    { severity: "error", code: 2339, message, file: "assembly/index.ts", line: 14, column: 49 },
  ]);
  expect(error.message).toContain(`assembly/index.ts:14:49: error: ${message}`);
  expect(await readdir(join(copy, "build"))).toEqual(["hello.json", "hello.wasm", "hello.wasm.map"]);
  expect(await readFile(wasmPath)).toEqual(Buffer.from(hello.wasm));
});

test("a folder without assembly/index.ts says so, and gets no build folder", async () => {
  const empty = await guestFolder({});
  const error = await failure(build({ folder: empty }));
  expect([error.code, error.message]).toEqual(["ASMF_COMPILE", expect.stringContaining("assembly/index.ts")]);
  expect(await readdir(empty)).toEqual(["filter.yaml"]);
});

test("a folder without filter.yaml is told how to get one", async () => {
  const error = await failure(build({ folder: tmpdir() }));
  expect([error.code, error.hint]).toEqual(["ASMF_MANIFEST_MISSING", expect.stringContaining("asmfilter init")]);
});

test.each([
  ["name: hello", "version: "],
  ["name: Hello\nversion: 1.0.0", "name: must be lower case"],
  ["name: hello\nversion: 1", "version: "],
  ["name: hello\nversion: 1.0.0\nlisense: MIT", '"lisense"'],
  ["name: hello\nversion: 1.0.0\ndefaults: {failurePolicy: Open}", "defaults.failurePolicy: "],
  ["name: hello\nversion: 1.0.0\nexamples: [{name: a, params: {}}]", "examples[0]"],
  ["name: *foo", "Unresolved alias"],
  ["name: hello\nversion: 01.2.3", "version: "],
  ["name: hello\nversion: 1.2.3-..", "version: "],
  ["name: hello\nversion: 1.0.0\ndefaults: {placement: {first: true, after: a}}", "defaults.placement: "],
  ["name: hello\nversion: 1.0.0\nexamples: [{name: a, parameters: {n: .nan}}]", "examples[0].parameters.n"],
  ["name: hello\nversion: 1.0.0\nexamples: [{name: a, parameters: {n: 9007199254740993}}]", "examples[0].parameters"],
  ["name: hello\nversion: 1.0.0\nlanguage: rust", "language: rust is not built here"],
  ["name: hello\nversion: 1.0.0\nmodule: a.wasm", "module: "],
  ["name: [", "valid"],
  ["", "name: "],
  ["- a", "the document: "],
])("filter.yaml %j is refused: %s", async (text, reason) => {
  const error = await failure(build({ folder: await guestFolder({ "filter.yaml": text }) }));
  expect(error.code).toBe("ASMF_MANIFEST_INVALID");
  expect(error.message).toContain(reason);
});

test("an example that the filter would refuse is refused at the build", async () => {
  const copy = await copyOfHello();
  const path = join(copy, "filter.yaml");
  await writeFile(path, (await readFile(path, "utf8")).replace("header: x-hello", "heder: x-hello"));
  const error = await failure(build({ folder: copy }));
  expect(error.code).toBe("ASMF_MANIFEST_INVALID");
  expect(error.message).toContain("examples[0].parameters.heder: unknown field");
  expect(await readdir(copy)).not.toContain("build");
});

test.each([
  ["x: 😀", undefined],
  ["x: 😀😀", "examples[0].parameters.x: String does not match pattern."],
  ["wait: 2m", undefined],
  ["wait: 3m", "examples[0].parameters.wait: more than 2m"],
  ["waits: {a: [2s, 1ms]}", "examples[0].parameters.waits.a[1]: less than 1s"],
  ["waits: {a: [2s, 1]}", 'examples[0].parameters.waits.a[1]: Instance type "number" is invalid. Expected "string".'],
])("an example is checked as a deployment is: %s", async (parameters, expected) => {
  const text = `import { config, Duration, filter, HttpFilter, maximum, minimum, pattern, SECOND } from "@asmfilter/sdk";
    @config class C {
      @pattern("^.$") x: string = "a"; @maximum("2m") wait: Duration = SECOND;
      @minimum("1s") waits: Map<string, Duration[]> = new Map();
    }
    @filter("a") class A extends HttpFilter<C> {}`;
  const manifest = `name: a\nversion: 1.0.0\nexamples: [{name: e, parameters: {${parameters}}}]`;
  const built = build({ folder: await guestFolder({ "filter.yaml": manifest, "assembly/index.ts": text }) });
  if (expected === undefined) await built;
  else expect((await failure(built)).message).toContain(expected);
});

test("a build that cannot put one of its files in place leaves the other as it was", async () => {
  const outDir = await temporaryFolder("out");
  await writeFile(join(outDir, "hello.wasm"), "earlier");
  await mkdir(join(outDir, "hello.json"));
  const error = await failure(build({ folder, outDir }));
  expect([error.code, error.message]).toEqual(["ASMF_OUTPUT", expect.stringContaining("hello.json is a folder")]);
  expect(await readFile(join(outDir, "hello.wasm"), "utf8")).toBe("earlier");
  expect((await readdir(outDir)).sort()).toEqual(["hello.json", "hello.wasm"]);
});

test("builds of one folder at the same time all succeed", async () => {
  const results = await Promise.all([1, 2, 3].map(() => build({ folder })));
  for (const { wasm } of results) expect(Buffer.from(wasm).equals(hello.wasm)).toBe(true);
});
