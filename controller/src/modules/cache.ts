import { createHash, randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Artifact } from "../render/index.ts";
import { type Entry, fileOf, openFolder, sweep } from "./folder.ts";

// Bounds the file of an entry; whoever falls out of it proves again.
const mostGrants = 512;
const mostSources = 64;

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

  /**
   * Opens the folder, makes it where it is missing, and removes what is no whole entry of it, such as a write that was cut short.
   *
   * @throws {AsmFilterError} `ASMF_CONTROLLER_OPTION_INVALID` where others could have written into it: what it says is believed.
   */
  static async open(folder: string, limit: number): Promise<ModuleCache> {
    await openFolder(folder);
    const cache = new ModuleCache(folder, limit);
    for (const entry of await sweep(folder)) cache.#remember(entry);
    await cache.#shrink();
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

  /** Keeps an artifact and its module, which came from `source`. A reader sees both, or neither. */
  async put(artifact: Artifact, wasm: Uint8Array, source: string): Promise<void> {
    await this.#write(fileOf(artifact.digest, "wasm"), wasm);
    const { sources = [], grants = {} } = this.#entries.get(artifact.digest) ?? {};
    const known = [...sources.filter((other) => other !== source), source].slice(-mostSources);
    await this.#save({ artifact, sources: known, grants });
    await this.#shrink(artifact.digest);
  }

  /** Notes that `grant` was proven at `time`, in milliseconds since 1970. */
  async grant(digest: string, grant: string, time: number): Promise<void> {
    const entry = this.#entries.get(digest);
    if (entry === undefined) return;
    const { [grant]: _, ...others } = entry.grants;
    const latest = Object.entries(others).slice(1 - mostGrants);
    await this.#save({ ...entry, grants: { ...Object.fromEntries(latest), [grant]: time } });
  }

  /**
   * The module's bytes, verified. Counts as use.
   * @throws when they are gone or are not what they were; the entry is dropped then, so that the next request pulls them again.
   */
  async read({ digest, wasmSha256 }: Artifact): Promise<Uint8Array> {
    this.get(digest);
    try {
      const bytes = await readFile(join(this.#folder, fileOf(digest, "wasm")));
      const got = createHash("sha256").update(bytes).digest("hex");
      if (got !== wasmSha256)
        throw new Error(`the module of ${digest} in the cache has SHA-256 ${got}, not ${wasmSha256}`);
      return bytes;
    } catch (error) {
      await this.#drop(digest);
      throw error;
    }
  }

  /** Remembers at once, so that of two who save at a time neither undoes what the other did. */
  async #save(entry: Entry): Promise<void> {
    this.#remember(entry);
    await this.#write(fileOf(entry.artifact.digest, "json"), JSON.stringify(entry));
  }

  #remember(entry: Entry): void {
    const { digest } = entry.artifact;
    this.#bytes += entry.artifact.size - (this.#entries.get(digest)?.artifact.size ?? 0);
    this.#entries.delete(digest);
    this.#entries.set(digest, entry);
  }

  async #shrink(keep?: string): Promise<void> {
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
    for (const kind of ["json", "wasm"] as const) await rm(join(this.#folder, fileOf(digest, kind)), { force: true });
  }

  async #write(name: string, content: Uint8Array | string): Promise<void> {
    const draft = join(this.#folder, `${name}.${randomUUID()}.tmp`);
    await writeFile(draft, content, { mode: 0o600 });
    await rename(draft, join(this.#folder, name));
  }
}
