import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cached } from "../../stack/cache.ts";
import { peersFolder } from "./peer.ts";

/** A copy of a peer's folder in the cache, in which `build` has installed what is locked and built the modules. */
export function builtPeer(name: string, build: (folder: string) => Promise<void>): Promise<string> {
  const folder = folders.get(name) ?? makeFolder(name, build);
  folders.set(name, folder);
  return folder;
}

const folders = new Map<string, Promise<string>>();

function makeFolder(name: string, build: (folder: string) => Promise<void>): Promise<string> {
  const source = fileURLToPath(new URL(name, peersFolder));
  return cached({
    key: `bench-${name}-${hashOf(source)}`,
    doing: `installing and building the benchmark's peer ${name}`,
    make: async (folder) => {
      await cp(source, folder, { recursive: true });
      await build(folder);
    },
  });
}

/** Runs a program in a folder. @throws with what it wrote. */
export async function run(folder: string, file: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  const options = { cwd: folder, env: { ...process.env, ...env }, maxBuffer: 64 << 20 };
  await promisify(execFile)(file, args, options).catch((error: Error & { stderr?: string }) => {
    throw new Error(`${file} ${args.join(" ")} failed\n${error.stderr ?? error.message}`, { cause: error });
  });
}

/** Installs what the folder's package-lock.json names, and nothing else. */
export function npmInstall(folder: string): Promise<void> {
  return run(folder, "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
}

function hashOf(folder: string): string {
  const hash = createHash("sha256");
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    hash.update(entry.name).update(readFileSync(join(entry.parentPath, entry.name)));
  }
  return hash.digest("hex").slice(0, 12);
}
