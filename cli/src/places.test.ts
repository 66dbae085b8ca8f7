import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { helloOnce } from "./testdata/hello.ts";
import { type Terminal, terminal } from "./testdata/terminal.ts";

const hello = helloOnce();

async function withStore(): Promise<Terminal> {
  const here = await terminal();
  await hello(here);
  await here.run(["push", "hello", "./store:1"]);
  return here;
}

describe("where nothing can be written, a verb fails before it does anything", () => {
  const targets = [
    { verb: "build", argv: (to: string) => ["build", "hello", "-o", to] },
    { verb: "pull", argv: (to: string) => ["pull", "./store:1", "-o", to] },
    { verb: "push --digest-file", argv: (to: string) => ["push", "hello", "./new:1", "--digest-file", `${to}/digest`] },
    { verb: "push to a layout", argv: (to: string) => ["push", "hello", `${to}/layout:1`] },
  ];

  // Under /proc nothing can be made, root or not; mkdir with `recursive` never comes back from there.
  test.runIf(existsSync("/proc/self")).each(targets)("$verb to a folder under /proc", async ({ argv }) => {
    const here = await withStore();
    const { code, stderr } = await here.run(argv("/proc/nothing/here"));
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/\/proc.* \[ASMF_FILE\]/) });
    expect(await here.files("new")).toEqual([]);
  });

  test.each(targets)("$verb to a path that leads through a file", async ({ argv }) => {
    const here = await withStore();
    await writeFile(join(here.folder, "file"), "");
    const { code, stderr } = await here.run(argv("./file/sub"));
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/file.*not a folder.*\[ASMF_FILE\]/) });
    expect(stderr).not.toContain(".partial");
    expect(await here.files("new")).toEqual([]);
  });
});

test("an error of writing names the file that was asked for, not the one that is there for a moment", async () => {
  const here = await withStore();
  const longest = `${"a".repeat(250)}.wasm`;
  const { code, stderr } = await here.run(["pull", "./store:1", "-o", `out/a${longest}`]);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(`out/a${longest}: `) });
  expect(stderr).not.toContain(".partial");
  expect(await here.files("out")).toEqual([]);
  expect((await here.run(["pull", "./store:1", "-o", `out/${longest}`])).code).toBe(0);
});

describe("what was given is named in the error", () => {
  test.each([
    { argv: ["build", "nope"], message: /there is no folder nope \[ASMF_FILE\]/, hint: /asmfilter init nope/ },
    { argv: ["build", "hello/filter.yaml"], message: /filter\.yaml is a file/, hint: /filter\.yaml: hello\.$/m },
    { argv: ["inspect", "nope"], message: /no file or folder nope, and it is no reference/, hint: /REGISTRY/ },
    { argv: ["render", "-f", "hello"], message: /cannot read .*\/hello: it is a folder \[ASMF_FILE\]/, hint: /path/ },
    {
      argv: ["render", "-f", "hello.yaml", "--artifact", "./store:1", "--controller-ca", "hello"],
      message: /cannot read .*\/hello: it is a folder \[ASMF_FILE\]/,
      hint: /path/,
    },
    {
      argv: ["inspect", "store"],
      message: /store is an image layout, and no tag was given/,
      hint: /It has 1\. .*\.\/store:1/,
    },
  ])("asmfilter $argv", async ({ argv, message, hint }) => {
    const here = await withStore();
    await writeFile(join(here.folder, "hello.yaml"), resource);
    const { code, stdout, stderr } = await here.run(argv);
    expect(code).toBeGreaterThan(0);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(hint);
  });

  test("a damaged layout", async () => {
    const here = await withStore();
    await writeFile(join(here.folder, "store/index.json"), "{");
    const { code, stderr } = await here.run(["inspect", "./store:1"]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^error: .*store.* \[ASMF_OCI_/) });
  });
});

test("a slash after a name that ends in .wasm makes it a folder", async () => {
  const here = await withStore();
  expect((await here.run(["pull", "./store:1", "-o", "x.wasm/"])).code).toBe(0);
  expect(await here.files("x.wasm")).toEqual(["hello.json", "hello.wasm"]);
});

test("a push without a tag says that only the digest names what was pushed", async () => {
  const here = await withStore();
  const { code, stderr } = await here.run(["push", "hello", "./untagged"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^warning: \.\/untagged has no tag/) });
});

const resource = `apiVersion: asmfilter.io/v1
kind: ASMFilterDeployment
metadata: {name: hello}
spec: {workload: {labels: {app: details}}, filter: {image: "registry.example.com/hello:1"}}
`;
