import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { terminal } from "../testdata/terminal.ts";

const shape = [
  "README.md",
  "assembly/index.ts",
  "assembly/tsconfig.json",
  "filter.yaml",
  "package.json",
  "test/hello.test.ts",
];

test("init writes a filter's folder, lists it, and says what to do next", async () => {
  const { run, files } = await terminal();
  const { code, stdout, stderr } = await run(["init", "hello"]);
  expect(code).toBe(0);
  expect(await files("hello")).toEqual(shape);
  expect(stdout.trimEnd().split("\n")).toEqual(shape.map((file) => `hello/${file}`));
  expect(stderr).toContain("asmfilter build hello\n");
});

test("init without a folder fills the current one, and takes the name from --name", async () => {
  const { run, files, folder } = await terminal();
  const { code, stdout } = await run(["init", "--name", "rate-limit", "--format", "json"]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ name: "rate-limit", folder, files: await files() });
  expect(await files()).toContain("test/rate-limit.test.ts");
  expect(await readFile(join(folder, "assembly/index.ts"), "utf8")).toContain("class RateLimit extends HttpFilter");
});

test("init leaves no placeholder unfilled", async () => {
  const { run, files, folder } = await terminal();
  await run(["init", "hello"]);
  for (const file of await files("hello")) {
    expect(await readFile(join(folder, "hello", file), "utf8"), file).not.toMatch(/TEMPLATE_/);
  }
});

test("a name that is a type of the language gets a class of another name", async () => {
  const { run, folder } = await terminal();
  await run(["init", "headers"]);
  expect(await readFile(join(folder, "headers/assembly/index.ts"), "utf8")).toContain("class HeadersFilter extends");
  await run(["init", "map"]);
  expect(await readFile(join(folder, "map/assembly/index.ts"), "utf8")).toContain("class MapFilter extends");
});

test("init never overwrites: one file in the way, and none is written", async () => {
  const { run, files, folder } = await terminal();
  await writeFile(join(folder, "package.json"), "mine");
  const { code, stdout, stderr } = await run(["init", "--name", "hello"]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(
    /already has package\.json; nothing was written \[ASMF_FILE_EXISTS\]\n {2}→ Give another folder/,
  );
  expect(await files()).toEqual(["package.json"]);
  expect(await readFile(join(folder, "package.json"), "utf8")).toBe("mine");
});

test("filters/hello has the shape and the code that init writes", async () => {
  const { run, files, folder } = await terminal();
  await run(["init", "hello"]);
  const theirs = join(import.meta.dirname, "../../../filters/hello");
  const read = (root: string, file: string) => readFile(join(root, file), "utf8");
  for (const file of await files("hello")) {
    const [ours, other] = await Promise.all([read(join(folder, "hello"), file), read(theirs, file)]);
    if (file === "package.json") expect(withoutName(ours)).toEqual(withoutName(other));
    else if (file !== "README.md") expect(ours, file).toBe(other);
  }
});

/** The name of a package in this repository has a scope, and the licence is this repository's. */
function withoutName(manifest: string): object {
  const { name: _name, license: _license, ...rest } = JSON.parse(manifest);
  return rest;
}
