import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll } from "vitest";
import { main } from "../main.ts";
import type { Terminal } from "./terminal.ts";

/**
 * The filter that `init` writes, built once for all tests of a file.
 * @returns a function that copies it to `hello/` in a terminal's folder, with its `build/`.
 */
export function helloOnce(): (terminal: Terminal) => Promise<void> {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "asmfilter-hello-"));
    const errors = new PassThrough();
    const context = { stdout: new PassThrough(), stderr: errors, stdin: process.stdin, env: {}, cwd: folder };
    for (const verb of ["init", "build"]) {
      if ((await main([verb, "hello"], context)) !== 0) throw new Error(`${verb} failed: ${errors.read()}`);
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return (terminal) => cp(join(folder, "hello"), join(terminal.folder, "hello"), { recursive: true });
}
