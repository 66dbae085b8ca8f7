import { rmSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { AsmFilterError } from "./errors.ts";

export interface NewFile {
  /** Absolute. */
  path: string;
  content: string | Uint8Array;
}

/** Files and folders under way. */
const partial = new Set<string>();
let count = 0;

// An interrupt ends the process in the middle of everything (see runProcess); what was half done must not be left behind.
process.once("exit", () => {
  for (const path of partial) rmSync(path, { recursive: true, force: true });
});

/**
 * Writes all files or none: each is complete under another name in its folder before the first gets its own.
 * Folders that are missing are made, and those that were made are removed again after a failure. Files of the same name are replaced.
 */
export async function writeFiles(files: readonly NewFile[]): Promise<void> {
  const made: string[] = [];
  const written: { from: string; to: string }[] = [];
  try {
    for (const { path, content } of files) {
      const first = await mkdir(dirname(path), { recursive: true });
      if (first !== undefined) made.push(first);
      const from = join(dirname(path), `.${basename(path)}.${process.pid}-${count++}.partial`);
      partial.add(from);
      written.push({ from, to: path });
      await writeFile(from, content, { flag: "wx" });
    }
    for (const { to } of written) await refuseFolder(to); // before any is replaced: all or none
    for (const { from, to } of written) await rename(from, to);
  } catch (error) {
    for (const { from } of written) await rm(from, { force: true });
    for (const folder of made.reverse()) await rm(folder, { recursive: true, force: true });
    throw error;
  } finally {
    for (const { from } of written) partial.delete(from);
  }
}

async function refuseFolder(path: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isDirectory() !== true) return;
  throw new AsmFilterError("ASMF_FILE", `cannot write ${path}: it is a folder`, {
    hint: "Give the file another name, or move the folder away.",
  });
}

/** Gives `work` an empty folder, which is gone afterwards. */
export async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "asmfilter-"));
  partial.add(folder);
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
    partial.delete(folder);
  }
}
