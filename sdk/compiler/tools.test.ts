import { execFile } from "node:child_process";
import { cp, mkdir, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { build } from "./index.ts";
import { temporaryFolder } from "./testdata/folder.ts";

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const HELLO = fileURLToPath(new URL("../../filters/hello", import.meta.url));
const folderOf = (name: string) => dirname(require.resolve(`${name}/package.json`));

/** A copy of hello with what `npm install @asmfilter/sdk assemblyscript` puts there. */
async function installedHello(): Promise<string> {
  const folder = await temporaryFolder("tools");
  await cp(HELLO, folder, { recursive: true, filter: (path) => !/[/\\](build|node_modules)$/.test(path) });
  await mkdir(join(folder, "node_modules/@asmfilter"), { recursive: true });
  await symlink(fileURLToPath(new URL("..", import.meta.url)), join(folder, "node_modules/@asmfilter/sdk"));
  await symlink(folderOf("assemblyscript"), join(folder, "node_modules/assemblyscript"));
  return folder;
}

test("plain asc makes the same bytes", async () => {
  const folder = await installedHello();
  const options = "--transform @asmfilter/sdk/transform --optimizeLevel 3 --shrinkLevel 1 -o build/hello.wasm".split(
    " ",
  );
  const asc = join(folderOf("assemblyscript"), "bin/asc.js");
  await run(process.execPath, [asc, "assembly/index.ts", ...options], { cwd: folder });
  const bytes = await readFile(join(folder, "build/hello.wasm"));
  const { wasm } = await build({ folder: HELLO, outDir: join(folder, "other") });
  expect(bytes.equals(wasm)).toBe(true);
});
