import { existsSync, mkdirSync } from "node:fs";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The folder, outside the repository, of what is built or installed once: `ASMFILTER_CACHE`, else `asmfilter` in the user's cache folder. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.ASMFILTER_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "asmfilter");
}

/** The cached folder of `key`, or undefined when nobody has made it yet. */
export function cachedFolder(key: string): string | undefined {
  const folder = join(cacheFolder(), key);
  return existsSync(folder) ? folder : undefined;
}

/** How {@link cached} makes what is missing. */
export interface Recipe {
  /** Names the content with its version and a hash of all it depends on; a file name. */
  readonly key: string;
  /** Said on stderr, after "building" or so: `building kube-apiserver v1.34.4`. */
  readonly doing: string;
  /** Recipes of one lock run one at a time, across processes. By default the key. */
  readonly lock?: string;
  /** Fills the empty folder. What it leaves there appears in the cache at once, or, when it throws, never. */
  readonly make: (folder: string) => Promise<void>;
}

/** The folder of `recipe.key`, made first when it is not there. Any number of processes may ask at the same time: one makes it, the others wait. */
export async function cached(recipe: Recipe): Promise<string> {
  const found = cachedFolder(recipe.key);
  if (found) return found;
  const unlock = await lock(recipe.lock ?? recipe.key);
  try {
    return cachedFolder(recipe.key) ?? (await make(recipe));
  } finally {
    await unlock();
  }
}

async function make({ key, doing, make }: Recipe): Promise<string> {
  const start = Date.now();
  const partial = join(cacheFolder(), `${key}.partial-${process.pid}`);
  process.stderr.write(`test stack: ${doing}, once, into ${cacheFolder()} …\n`);
  try {
    await mkdir(partial, { recursive: true });
    await make(partial);
    await rename(partial, join(cacheFolder(), key)).catch((error: unknown) => {
      // Two that waited for the same dead holder may both go on; the first one's will do.
      if (!cachedFolder(key)) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  process.stderr.write(`test stack: ${doing} took ${((Date.now() - start) / 1000).toFixed(1)} s\n`);
  return join(cacheFolder(), key);
}

/** Takes the lock file, waiting for whoever holds it; a holder that died is known by its process id. */
async function lock(name: string): Promise<() => Promise<void>> {
  mkdirSync(cacheFolder(), { recursive: true });
  const path = join(cacheFolder(), `${name}.lock`);
  for (let waited = 0; ; waited += 1) {
    try {
      const file = await open(path, "wx");
      await file.writeFile(String(process.pid));
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = await readFile(path, "utf8").catch(() => "");
    if (holder !== "" && !isAlive(Number(holder))) {
      await rm(path, { force: true });
      continue;
    }
    if (waited === 20) process.stderr.write(`test stack: waiting for process ${holder}, which holds ${path} …\n`);
    await sleep(200);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
