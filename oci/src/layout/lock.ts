import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { link, lstat, open, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isObject } from "../descriptor.ts";
import { AsmFilterError } from "../errors.ts";
import { abortable } from "../signal.ts";
import type { Options } from "../target.ts";
import { diskFailure } from "./files.ts";

/** Who holds a lock, as written in its file. */
interface Owner {
  readonly host: string;
  readonly pid: number;
  readonly id: string;
}

export interface LockTimes {
  /** After which a lock of another machine is taken for abandoned; it is held for milliseconds, normally. */
  readonly abandonedMs: number;
  /** How long to wait for it. Longer than `abandonedMs`, so that waiting helps. */
  readonly waitMs: number;
}

const MAX_LOCK_SIZE = 4096;

const defaults: LockTimes = { abandonedMs: 30_000, waitMs: 40_000 };

/**
 * Runs `work` while no other process that asks for the same lock file does. The file says who holds it, so a lock whose
 * process is gone is taken over. `work` gets a function that fails once the lock was lost, to be called before it commits.
 *
 * @throws {AsmFilterError} `ASMF_OCI_LAYOUT_LOCKED` when it is not to be had in time.
 */
export async function withLock<T>(
  file: string,
  work: (check: () => Promise<void>) => Promise<T>,
  { signal, ...times }: Partial<LockTimes> & Options = {},
): Promise<T> {
  const owner: Owner = { host: hostname(), pid: process.pid, id: randomUUID() };
  await acquire(file, owner, { ...defaults, ...times }, signal);
  const isOurs = async () => (await readOwner(file))?.id === owner.id;
  try {
    return await work(async () => {
      if (!(await isOurs())) throw locked(file, "it was taken over by another process");
    });
  } finally {
    if (await isOurs()) await rm(file, { force: true });
  }
}

async function acquire(file: string, owner: Owner, times: LockTimes, signal: AbortSignal | undefined): Promise<void> {
  const deadline = Date.now() + times.waitMs;
  signal?.throwIfAborted();
  const claim = await writeClaim(`${file}.${owner.id}`, owner);
  try {
    while (!(await tryLock(file, claim))) {
      await takeAwayIfAbandoned(file, times);
      if (Date.now() > deadline) {
        const holder = await readOwner(file);
        throw locked(file, holder ? `process ${holder.pid} on ${holder.host} holds it` : "it is held");
      }
      await abortable(signal, () => sleep(2 + Math.random() * 8));
    }
  } finally {
    await rm(claim, { force: true });
  }
  await removeClaims(file, times);
}

/**
 * The lock comes into being with its owner in it, as a second name of the claim: one that was made empty and filled then would, when
 * its maker is killed in between, say of nobody that he is gone.
 */
async function tryLock(file: string, claim: string): Promise<boolean> {
  try {
    // A lock's age is its claim's, which may have waited.
    const now = new Date();
    await utimes(claim, now, now);
    await link(claim, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw diskFailure(error as NodeJS.ErrnoException);
  }
}

async function writeClaim(claim: string, owner: Owner): Promise<string> {
  try {
    await writeFile(claim, JSON.stringify(owner), { flag: "wx", mode: 0o644 });
    return claim;
  } catch (error) {
    throw diskFailure(error as NodeJS.ErrnoException);
  }
}

/** What those left who were killed while they waited. */
async function removeClaims(file: string, { abandonedMs }: LockTimes): Promise<void> {
  const isClaim = (name: string) => name.startsWith(`${basename(file)}.`) && /\.[0-9a-f-]{36}$/.test(name);
  for (const name of (await readdir(dirname(file)).catch(() => [])).filter(isClaim)) {
    const claim = join(dirname(file), name);
    if (((await ageOf(claim)) ?? 0) > 2 * abandonedMs) await rm(claim, { force: true });
  }
}

/**
 * Only the one who holds the second file takes a lock away, and looks again before: else two that saw the same dead owner
 * could take away each other's new lock.
 */
async function takeAwayIfAbandoned(file: string, times: LockTimes): Promise<void> {
  if (!(await isAbandoned(file, times))) return;
  const breaking = `${file}.break`;
  if (!(await create(breaking))) {
    const age = await ageOf(breaking);
    // Its maker was killed within these few lines. Removing it is safe: what follows is checked again.
    if (age !== undefined && age > times.abandonedMs) await rm(breaking, { force: true });
    return;
  }
  try {
    if (await isAbandoned(file, times)) await rm(file, { force: true });
  } finally {
    await rm(breaking, { force: true });
  }
}

async function isAbandoned(file: string, { abandonedMs }: LockTimes): Promise<boolean> {
  const [owner, age] = await Promise.all([readOwner(file), ageOf(file)]);
  if (age === undefined) return false;
  if (age > abandonedMs) return true;
  return owner !== undefined && owner.host === hostname() && !isRunning(owner.pid);
}

async function create(file: string): Promise<boolean> {
  try {
    await (await open(file, "wx", 0o644)).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw diskFailure(error as NodeJS.ErrnoException);
  }
}

/** @returns undefined where the file is not there or is none of ours: a layout is data of strangers. */
async function readOwner(file: string): Promise<Owner | undefined> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(file, flags).catch(() => undefined);
  try {
    const found = await handle?.stat();
    if (handle === undefined || !found?.isFile() || found.size > MAX_LOCK_SIZE) return undefined;
    const value: unknown = JSON.parse(await handle.readFile("utf8"));
    return isOwner(value) ? value : undefined;
  } catch {
    return undefined;
  } finally {
    await handle?.close();
  }
}

/** Host and process are shown to people; a process of 0 or less would be a group of them. */
function isOwner(value: unknown): value is Owner & Record<string, unknown> {
  if (!isObject(value) || typeof value.host !== "string" || typeof value.id !== "string") return false;
  return /^[\w.-]{1,255}$/.test(value.host) && Number.isSafeInteger(value.pid) && (value.pid as number) > 0;
}

async function ageOf(file: string): Promise<number | undefined> {
  const found = await lstat(file).catch(() => undefined);
  return found && Date.now() - found.mtimeMs;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function locked(file: string, why: string): AsmFilterError {
  return new AsmFilterError("ASMF_OCI_LAYOUT_LOCKED", `cannot change the image layout, ${file}: ${why}`, {
    hint: `Wait for the other writer and try again. If there is none, remove ${file}.`,
  });
}
