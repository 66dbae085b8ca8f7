import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Artifact } from "../render/index.ts";

/** What is kept of an artifact beside the module. */
export interface Entry {
  readonly artifact: Artifact;
  /** Who has shown that they may read it; see `Modules`. */
  readonly grants: readonly string[];
}

/**
 * Modules on disk, by the digest of their manifest, so that a restart needs no registry. The folder is the controller's own.
 * What was not used for longest goes when the modules take more than `limit` bytes.
 */
export class ModuleCache {
  readonly #folder: string;
  readonly #limit: number;
  /** In the order of use, the oldest first. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  private constructor(folder: string, limit: number) {
    this.#folder = folder;
    this.#limit = limit;
  }

  /** Opens the folder, and makes it where it is missing. */
  static async open(folder: string, limit: number): Promise<ModuleCache> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const cache = new ModuleCache(folder, limit);
    for (const name of await readdir(folder)) {
      if (!name.endsWith(".json")) continue;
      const entry = await readEntry(join(folder, name));
      if (entry !== undefined) cache.#remember(entry);
    }
    return cache;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(digest: string): Entry | undefined {
    const entry = this.#entries.get(digest);
    if (entry === undefined) return undefined;
    this.#entries.delete(digest);
    this.#entries.set(digest, entry);
    return entry;
  }

  /** Keeps an artifact and its module. A reader sees both, or neither. */
  async put(artifact: Artifact, wasm: Uint8Array): Promise<void> {
    await this.#write(this.#path(artifact.digest, "wasm"), wasm);
    await this.#save({ artifact, grants: [] });
    await this.#shrink(artifact.digest);
  }

  async grant(digest: string, grant: string): Promise<void> {
    const entry = this.#entries.get(digest);
    if (entry !== undefined && !entry.grants.includes(grant))
      await this.#save({ ...entry, grants: [...entry.grants, grant] });
  }

  /**
   * The module's bytes, verified.
   * @throws when they are gone or are not what they were; the entry is dropped then, so that the next request pulls them again.
   */
  async read({ digest, wasmSha256 }: Artifact): Promise<Uint8Array> {
    try {
      const bytes = await readFile(this.#path(digest, "wasm"));
      const got = createHash("sha256").update(bytes).digest("hex");
      if (got !== wasmSha256)
        throw new Error(`the module of ${digest} in the cache has SHA-256 ${got}, not ${wasmSha256}`);
      return bytes;
    } catch (error) {
      await this.#drop(digest);
      throw error;
    }
  }

  async #save(entry: Entry): Promise<void> {
    await this.#write(this.#path(entry.artifact.digest, "json"), JSON.stringify(entry));
    this.#remember(entry);
  }

  #remember(entry: Entry): void {
    const { digest } = entry.artifact;
    this.#bytes += entry.artifact.size - (this.#entries.get(digest)?.artifact.size ?? 0);
    this.#entries.delete(digest);
    this.#entries.set(digest, entry);
  }

  async #shrink(keep: string): Promise<void> {
    for (const digest of [...this.#entries.keys()]) {
      if (this.#bytes <= this.#limit) return;
      if (digest !== keep) await this.#drop(digest);
    }
  }

  async #drop(digest: string): Promise<void> {
    const entry = this.#entries.get(digest);
    if (entry === undefined) return;
    this.#entries.delete(digest);
    this.#bytes -= entry.artifact.size;
    for (const kind of ["json", "wasm"]) await rm(this.#path(digest, kind), { force: true });
  }

  #path(digest: string, kind: string): string {
    return join(this.#folder, `${digest.replace(/[^a-z0-9]/g, "-")}.${kind}`);
  }

  async #write(path: string, content: Uint8Array | string): Promise<void> {
    const draft = `${path}.${randomUUID()}.tmp`;
    await writeFile(draft, content, { mode: 0o600 });
    await rename(draft, path);
  }
}

async function readEntry(path: string): Promise<Entry | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Entry;
  } catch {
    return undefined;
  }
}
