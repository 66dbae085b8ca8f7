import { rmSync } from "node:fs";
import { access, constants, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
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
  const folders = [...new Set(files.map(({ path }) => dirname(path)))];
  await inFolders(folders, () => writeAll(files));
}

async function writeAll(files: readonly NewFile[]): Promise<void> {
  const written: { from: string; to: string }[] = [];
  try {
    for (const { path, content } of files) {
      // Short, so that it fits wherever the name itself does.
      const from = join(dirname(path), `.${process.pid}-${count++}.partial`);
      partial.add(from);
      written.push({ from, to: path });
      await named(path, "write", writeFile(from, content, { flag: "wx" }));
    }
    for (const { to } of written) await refuseFolder(to); // before any is replaced: all or none
    for (const { from, to } of written) await named(to, "write", rename(from, to));
  } catch (error) {
    for (const { from } of written) await rm(from, { force: true });
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

/**
 * Refuses to go on where one of the files is there already with other content: it may be somebody's work.
 * @throws {AsmFilterError} ASMF_FILE_EXISTS
 */
export async function refuseReplacing(files: readonly NewFile[], hint: string): Promise<void> {
  for (const { path, content } of files) {
    const there = await named(path, "read", readFile(path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "EISDIR") return undefined; // a folder is refused when it is written
      throw error;
    });
    if (there === undefined || there.equals(Buffer.from(content))) continue;
    throw new AsmFilterError("ASMF_FILE_EXISTS", `${path} is there with other content; nothing was written`, { hint });
  }
}

/**
 * Does `work` with folders in which files can be made. Those that are missing are made before it begins, and removed if it fails.
 * @param folders absolute paths.
 * @throws {AsmFilterError} ASMF_FILE, before `work` began, where a path leads through a file or to where nothing may be written.
 */
export async function inFolders<T>(folders: readonly string[], work: () => Promise<T>): Promise<T> {
  const made: string[] = [];
  try {
    for (const folder of folders) await makeFolder(folder, made);
    return await work();
  } catch (error) {
    for (const folder of made.reverse()) await rm(folder, { recursive: true, force: true });
    throw error;
  } finally {
    for (const folder of made) partial.delete(folder);
  }
}

/** One folder after the other: under /proc, `mkdir` with `recursive` tries without end. */
async function makeFolder(folder: string, made: string[]): Promise<void> {
  const stats = await stat(folder).catch(missing);
  if (stats === undefined) {
    await makeFolder(dirname(folder), made);
    await named(folder, "mkdir", mkdir(folder)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error; // someone else made it just now
    });
    made.push(folder);
    partial.add(folder);
  } else if (!stats.isDirectory()) {
    throw new AsmFilterError("ASMF_FILE", `cannot write in ${folder}: it is not a folder`, {
      hint: "Give another path, or move the file away.",
    });
  } else await named(folder, "write in", access(folder, constants.W_OK | constants.X_OK));
}

function missing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

/** The text of a file that the command line names. An error of reading, unlike one of opening, would not say which. */
export function readText(path: string): Promise<string> {
  return named(path, "read", readFile(path, "utf8"));
}

/** Lets the error of a file operation name the file that the user knows, not one that was there for a moment. */
function named<T>(path: string, syscall: string, operation: Promise<T>): Promise<T> {
  return operation.catch((error: unknown) => {
    throw Object.assign(error as NodeJS.ErrnoException, { path, syscall });
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
