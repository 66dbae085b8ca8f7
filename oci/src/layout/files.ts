import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open, readdir, realpath, rename, rm } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { AsmFilterError } from "../errors.ts";

/** The folder inside a layout where files are written before they get their name. */
export const INGEST = "ingest";

const BATCH = 1024 * 1024;

// A writer that was killed leaves its temporary file; no transfer takes this long.
const ABANDONED_MS = 24 * 60 * 60 * 1000;
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Writes a file so that others see all of it or nothing, whenever this process or the machine stops:
 * to a temporary file, to the disk, then renamed. `before` is asked last, and its error leaves the old file.
 */
export async function writeAtomically(
  root: string,
  file: string,
  content: string | Uint8Array | AsyncIterable<Uint8Array>,
  before?: () => Promise<void>,
): Promise<void> {
  const temporary = join(root, INGEST, randomUUID());
  await makeInside(root, dirname(temporary));
  await makeInside(root, dirname(file));
  const handle = await onDisk(() => open(temporary, "wx", 0o644));
  try {
    try {
      await writeAll(handle, typeof content === "string" ? Buffer.from(content) : content);
      await onDisk(() => handle.sync());
    } finally {
      await handle.close();
    }
    await before?.();
    await onDisk(() => rename(temporary, file));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(file));
}

/** Writes some MiB at a time, while the next are on their way. */
async function writeAll(handle: FileHandle, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
  let batch: Uint8Array[] = [];
  let size = 0;
  let writing = Promise.resolve();
  const flush = async () => {
    await writing;
    const full = { batch, size };
    writing = onDisk(() => writeBatch(handle, full.batch, full.size));
    // Its error is thrown at the next await; until then it is not unhandled.
    writing.catch(() => {});
    batch = [];
    size = 0;
  };
  for await (const chunk of content instanceof Uint8Array ? [content] : content) {
    batch.push(chunk);
    size += chunk.byteLength;
    if (size >= BATCH) await flush();
  }
  if (size > 0) await flush();
  await writing;
}

async function writeBatch(handle: FileHandle, batch: readonly Uint8Array[], size: number): Promise<void> {
  const { bytesWritten } = await handle.writev(batch);
  // A disk that is nearly full takes a part; the rest fails with the reason, or is written.
  if (bytesWritten < size) await handle.writeFile(Buffer.concat(batch).subarray(bytesWritten));
}

/** Removes what writers left behind that were killed long ago: files that are named as we name them, and nothing else. */
export async function removeAbandoned(root: string, now: number): Promise<void> {
  const folder = join(root, INGEST);
  await makeInside(root, folder);
  const names = await onDisk(() => readdir(folder));
  for (const name of names.filter((name) => uuid.test(name))) {
    const file = join(folder, name);
    const found = await lstat(file).catch(() => undefined);
    if (found?.isFile() && now - found.mtimeMs > ABANDONED_MS) await rm(file, { force: true });
  }
}

/**
 * Opens a regular file inside `root`: no link out of it, and nothing that blocks, such as a pipe.
 *
 * @returns undefined when it is not there.
 */
export async function openInside(
  root: string,
  file: string,
): Promise<{ handle: FileHandle; size: number } | undefined> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((error) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    if (error.code === "ELOOP") throw escapes(file, error);
    throw diskFailure(error);
  });
  if (handle === undefined) return undefined;
  try {
    await checkInside(root, dirname(file));
    const found = await handle.stat();
    if (!found.isFile()) throw escapes(file);
    return { handle, size: found.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Makes a folder of the layout, level by level, so that nothing is made behind a link that leads out. */
async function makeInside(root: string, folder: string): Promise<void> {
  await onDisk(() => mkdir(root, { recursive: true }));
  let level = root;
  for (const name of relative(root, folder).split(sep).filter(Boolean)) {
    level = join(level, name);
    await mkdir(level).catch((error) => {
      if (error.code !== "EEXIST") throw diskFailure(error);
    });
    await checkInside(root, level);
  }
}

/** A folder of the layout may be no link to somewhere else: a layout is data of strangers. */
async function checkInside(root: string, folder: string): Promise<void> {
  const [realRoot, realFolder] = await onDisk(() => Promise.all([realpath(root), realpath(folder)]));
  if (realFolder !== realRoot && !realFolder.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)) {
    throw escapes(folder);
  }
}

/** Makes a rename last through a power cut. Not every system can open a folder. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  try {
    await handle?.sync().catch(() => {});
  } finally {
    await handle?.close();
  }
}

/** Work on the disk, whose failures become errors of ours; those of content that is being written are not among them. */
export async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskFailure(error as NodeJS.ErrnoException);
  }
}

export function diskFailure(cause: NodeJS.ErrnoException): AsmFilterError {
  const isOther = ["EEXIST", "ENOTDIR", "EISDIR", "ELOOP"].includes(cause.code ?? "");
  return isOther
    ? new AsmFilterError("ASMF_OCI_LAYOUT_INVALID", `this is no OCI image layout: ${cause.message}`, {
        hint: "Something else is in the place of a file or folder of it. Name another folder; one that does not exist yet is made.",
        cause,
      })
    : new AsmFilterError("ASMF_OCI_LAYOUT_UNUSABLE", `the image layout cannot be read or written: ${cause.message}`, {
        hint: "Check the path, the permissions of the folder, and whether the disk is full.",
        cause,
      });
}

function escapes(file: string, cause?: unknown): AsmFilterError {
  return new AsmFilterError("ASMF_OCI_LAYOUT_INVALID", `${file} is no regular file inside the image layout`, {
    hint: "An image layout holds files and folders only. Do not use this one unless you know who made it and why.",
    cause,
  });
}
