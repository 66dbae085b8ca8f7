import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { helloOnce } from "./testdata/hello.ts";
import { registry } from "./testdata/registry.ts";
import { type Outcome, type Terminal, terminal } from "./testdata/terminal.ts";

const hello = helloOnce();

async function withHello(): Promise<Terminal> {
  const here = await terminal();
  await hello(here);
  return here;
}

/** The form of every failure: exit code, what and why with the code, what to do; no data, and no stack trace. */
function expectFailure(outcome: Outcome, code: string, message: string | RegExp, hint: string | RegExp): void {
  const [first = "", ...rest] = outcome.stderr.trimEnd().split("\n");
  expect({ exit: outcome.code, stdout: outcome.stdout }, outcome.stderr).toEqual({ exit: 1, stdout: "" });
  expect(first).toMatch(new RegExp(`^error: .+ \\[${code}\\]$`));
  expect(outcome.stderr).toMatch(message);
  expect(rest.at(-1)).toMatch(/^ {2}→ .+/);
  expect(rest.at(-1)).toMatch(hint);
  expect(outcome.stderr).not.toMatch(/^\s+at /m);
}

describe("a filter's folder", () => {
  test.each(["build", "test"])("%s without a filter.yaml", async (verb) => {
    const here = await terminal();
    await mkdir(join(here.folder, "empty"));
    expectFailure(await here.run([verb, "empty"]), "ASMF_MANIFEST_MISSING", /filter\.yaml/, /asmfilter init/);
    expect(await here.files()).toEqual([]);
  });

  test.each(["build", "test"])("%s with a compile error shows file, line, column and the line itself", async (verb) => {
    const here = await withHello();
    const source = join(here.folder, "hello/assembly/index.ts");
    const text = await readFile(source, "utf8");
    await writeFile(source, text.replace("this.config.value", "this.config.valeu"));
    const before = await readFile(join(here.folder, "hello/build/hello.wasm"));
    const line = text.split("\n").findIndex((one) => one.includes("this.config.value")) + 1;
    const outcome = await here.run([verb, "hello"]);
    expectFailure(outcome, "ASMF_COMPILE", new RegExp(`assembly/index\\.ts:${line}:\\d+`), /./);
    expect(outcome.stderr).toContain("headers.set(this.config.header, this.config.valeu);");
    expect(await readFile(join(here.folder, "hello/build/hello.wasm"))).toEqual(before);
    expect(await here.files("hello/build")).toEqual(["hello.json", "hello.wasm", "hello.wasm.map"]);
  });
});

describe("a reference", () => {
  test.each([
    ["pull", "registry.example.com/Filters/hello:0.1"],
    ["inspect", "registry.example.com/filters/hello:"],
    ["push", "hello", "not a reference"],
  ])("%s %s that does not parse", async (...argv) => {
    const here = await withHello();
    const before = await here.files();
    expectFailure(
      await here.run(argv),
      "ASMF_OCI_REFERENCE_INVALID",
      JSON.stringify(argv.at(-1)),
      /REGISTRY|A repository has/,
    );
    expect(await here.files()).toEqual(before);
  });

  test("of a registry that is away", async () => {
    const here = await terminal();
    const outcome = await here.run(["pull", "127.0.0.1:1/filters/hello:0.1"]);
    expectFailure(outcome, "ASMF_OCI_UNREACHABLE", /127\.0\.0\.1:1/, /./);
    expect(await here.files()).toEqual([]);
  });

  test("of a registry that asks for a password", async () => {
    const here = await withHello();
    const { host } = await registry({ credentials: "me:secret" });
    const before = await here.files();
    expectFailure(await here.run(["pull", `${host}/hello:0.1`]), "ASMF_OCI_UNAUTHORIZED", host, /./);
    expectFailure(await here.run(["push", "hello", `${host}/hello:0.1`]), "ASMF_OCI_UNAUTHORIZED", host, /./);
    const wrong = await here.run(["pull", `${host}/hello:0.1`, "--username", "me", "--password-stdin"], {
      stdin: "no\n",
    });
    expectFailure(wrong, "ASMF_OCI_UNAUTHORIZED", host, /./);
    expect(wrong.stderr).not.toContain("no\n");
    expect(await here.files()).toEqual(before);
  });

  test.each(["registry", "layout"])("to what a %s does not have", async (kind) => {
    const here = await withHello();
    const { host } = await registry();
    const repository = kind === "registry" ? `${host}/hello` : "./store";
    await here.run(["push", "hello", `${repository}:0.1`]);
    const before = await here.files();
    expectFailure(await here.run(["pull", `${repository}:0.2`, "-o", "out"]), "ASMF_OCI_NOT_FOUND", /0\.2/, /./);
    expect(await here.files()).toEqual(before);
  });

  test("to a registry that sends other bytes than their digest says", async () => {
    const here = await withHello();
    const { host, behave } = await registry();
    expect(await here.run(["push", "hello", `${host}/hello:0.1`])).toMatchObject({ code: 0 });
    behave({ tamper: (blob) => Buffer.concat([blob.subarray(0, -1), Buffer.from([blob.at(-1)! ^ 1])]) });
    const before = await here.files();
    expectFailure(
      await here.run(["pull", `${host}/hello:0.1`, "-o", "out"]),
      "ASMF_OCI_DIGEST_MISMATCH",
      /sha256:/,
      /./,
    );
    expect(await here.files()).toEqual(before);
  });
});

describe("a module", () => {
  test.each(["inspect", "push"])("%s of a file that is not WebAssembly", async (verb) => {
    const here = await terminal();
    await writeFile(join(here.folder, "notes.wasm"), "these are notes");
    const outcome = await here.run([verb, "notes.wasm", ...(verb === "push" ? ["./store:0.1"] : [])]);
    expectFailure(outcome, "ASMF_MODULE_NOT_WASM", /notes\.wasm: .*not WebAssembly/, /\.wasm file/);
    expect(await here.files()).toEqual(["notes.wasm"]);
  });

  test.each(["inspect", "push"])("%s of WebAssembly that is no filter", async (verb) => {
    const here = await terminal();
    await writeFile(join(here.folder, "empty.wasm"), Buffer.from("\0asm\x01\0\0\0"));
    const outcome = await here.run([verb, "empty.wasm", ...(verb === "push" ? ["./store:0.1"] : [])]);
    expectFailure(outcome, "ASMF_MODULE_NOT_PROXY_WASM", /proxy_abi_version/, /proxy-wasm SDK/);
    expect(await here.files()).toEqual(["empty.wasm"]);
  });
});

describe("a resource", () => {
  const resource = (spec: string) => `apiVersion: asmfilter.io/v1
kind: ASMFilterDeployment
metadata: {name: hello}
spec:
  workload: {labels: {app: details}}
  filter:
    image: registry.example.com/filters/hello:0.1
${spec}`;

  test("with an unknown field", async () => {
    const here = await withHello();
    await writeFile(join(here.folder, "hello.yaml"), resource("    paramters: {header: x-a}\n"));
    const outcome = await here.run(["render", "-f", "hello.yaml", "--artifact", "hello"]);
    expectFailure(
      outcome,
      "ASMF_RESOURCE_INVALID",
      /spec\.filter\.paramters: unknown field; did you mean parameters\?/,
      /./,
    );
  });

  test("with parameters that do not fit the filter's schema", async () => {
    const here = await withHello();
    await writeFile(join(here.folder, "hello.yaml"), resource("    parameters: {header: 7}\n"));
    const outcome = await here.run(["render", "-f", "hello.yaml", "--artifact", "hello"]);
    expectFailure(outcome, "ASMF_PARAMETERS_INVALID", /spec\.filter\.parameters\.header: expected string/, /./);
  });

  test("whose registry is away, and there is a way without it", async () => {
    const here = await terminal();
    await writeFile(join(here.folder, "hello.yaml"), resource("").replace("registry.example.com", "127.0.0.1:1"));
    const outcome = await here.run(["render", "-f", "hello.yaml"]);
    expectFailure(outcome, "ASMF_OCI_UNREACHABLE", /127\.0\.0\.1:1/, /--artifact/);
  });

  test.each([
    { source: "a: [1", message: /hello\.yaml is not YAML: .*line 1/ },
    { source: "a: *nowhere", message: /hello\.yaml, document 1 is not YAML/ },
    { source: "# nothing\n", message: /holds no resource/ },
  ])("in a file that cannot be read: $source", async ({ source, message }) => {
    const here = await terminal();
    await writeFile(join(here.folder, "hello.yaml"), source);
    expectFailure(await here.run(["render", "-f", "hello.yaml"]), "ASMF_YAML_INVALID", message, /./);
  });

  test("in a file that is not there", async () => {
    const here = await terminal();
    expectFailure(
      await here.run(["render", "-f", "gone.yaml"]),
      "ASMF_FILE",
      /cannot read .*gone\.yaml: no such file/,
      /./,
    );
  });
});
