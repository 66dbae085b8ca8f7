import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { onTestFinished } from "vitest";
import { main } from "../main.ts";

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

export interface Terminal {
  /** An empty folder of this test's own, where commands run. */
  readonly folder: string;
  /** Runs a command line in process and gives what a user would see. */
  run(
    argv: readonly string[],
    options?: { stdin?: string; env?: NodeJS.ProcessEnv; isTTY?: boolean },
  ): Promise<Outcome>;
  /** All files in the folder, or in one within it, sorted; empty where there is none. */
  files(within?: string): Promise<string[]>;
}

/** A place to run commands in: an empty folder that is gone when the test has finished. */
export async function terminal(): Promise<Terminal> {
  const folder = await mkdtemp(join(tmpdir(), "asmfilter-cli-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return {
    folder,
    async run(argv, { stdin = "", env = {}, isTTY = false } = {}) {
      const stdout = captured(isTTY);
      const stderr = captured(isTTY);
      const code = await main(argv, {
        stdout: stdout.stream,
        stderr: stderr.stream,
        stdin: Readable.from([stdin]),
        env: { PATH: process.env.PATH, HOME: folder, ...env },
        cwd: folder,
      });
      return { code, stdout: stdout.text(), stderr: stderr.text() };
    },
    async files(within = ".") {
      const entries = await readdir(join(folder, within), { recursive: true, withFileTypes: true }).catch(() => []);
      const root = join(folder, within);
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
        .sort();
    },
  };
}

function captured(isTTY: boolean) {
  const chunks: Buffer[] = [];
  const stream = new PassThrough();
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return { stream: Object.assign(stream, { isTTY }), text: () => Buffer.concat(chunks).toString() };
}
