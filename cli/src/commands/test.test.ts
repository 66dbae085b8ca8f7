import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { helloOnce } from "../testdata/hello.ts";
import { terminal } from "../testdata/terminal.ts";

const hello = helloOnce();

test("a new filter's tests pass with nothing installed in its folder, and leave nothing but the build", async () => {
  const here = await terminal();
  await here.run(["init", "hello"]);
  const before = await here.files("hello");
  const { code, stdout, stderr } = await here.run(["test", "hello"]);
  expect(code, stdout + stderr).toBe(0);
  expect(stdout).toMatch(/Tests +3 passed \(3\)/);
  expect(await here.files("hello")).toEqual(
    [...before, "build/hello.json", "build/hello.wasm", "build/hello.wasm.map"].sort(),
  );
});

test("a filter that does not do what its test says fails it", async () => {
  const here = await terminal();
  await hello(here);
  const source = join(here.folder, "hello/assembly/index.ts");
  await writeFile(source, (await readFile(source, "utf8")).replace('"world"', '"moon"'));
  const { code, stdout, stderr } = await here.run(["test", "hello"]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/Tests +1 failed \| 2 passed \(3\)/);
  expect(stderr).toContain("error: the tests of hello did not pass [ASMF_TESTS_FAILED]\n  → ");
});

test("what stands after -- is for vitest", async () => {
  const here = await terminal();
  await hello(here);
  const { code, stdout } = await here.run([
    "test",
    "hello",
    "--",
    "-t",
    "names the header and its value",
    "--reporter=json",
  ]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ numPassedTests: 1, numPendingTests: 2 });
});

test("a filter without a test is told so", async () => {
  const here = await terminal();
  await hello(here);
  const { code, stderr } = await here.run(["test", "hello", "--", "elsewhere"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/No test files found/);
});
