import { lstat, mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseFilterConfig } from "@asmfilter/oci";
import { z } from "zod";
import { AsmFilterError } from "../errors.ts";
import type { Artifact } from "../render/index.ts";

/** One artifact as it lies in the folder: `sha256-….json` beside its module, `sha256-….wasm`. */
const entrySchema = z.object({
  artifact: z.object({
    digest: z.string().regex(/^sha(256|512):[0-9a-f]+$/),
    wasmSha256: z.string(),
    size: z.int().nonnegative(),
    config: z.unknown().transform(parseFilterConfig),
    capabilities: z.array(z.string()),
  }),
  /** The repositories that gave the content; see `Modules`. */
  sources: z.array(z.string()),
  /** Who has shown that they may read it, and when, in milliseconds since 1970; the latest last. */
  grants: z.record(z.string(), z.number()),
});

export interface Entry extends Omit<Readonly<z.output<typeof entrySchema>>, "artifact"> {
  readonly artifact: Artifact;
}

const ours = /^sha(256|512)-[0-9a-f]+\.(json|wasm)(\.[-0-9a-f]+\.tmp)?$/;

/** The name of an entry's file. */
export function fileOf(digest: string, kind: "json" | "wasm"): string {
  return `${digest.replace(/[^a-z0-9]/g, "-")}.${kind}`;
}

/**
 * Makes the folder, for this user alone, where it is missing.
 *
 * @throws {AsmFilterError} `ASMF_CONTROLLER_OPTION_INVALID` where it is not this user's, or others may write into it.
 */
export async function openFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Not stat: in a folder that everybody writes to, a link leads where somebody else wants it.
  const found = await lstat(folder);
  const user = process.getuid?.();
  if (!found.isDirectory()) throw untrusted(folder, "is no folder");
  if (user !== undefined && found.uid !== user) throw untrusted(folder, `belongs to user ${found.uid}, not ${user}`);
  if (user !== undefined && (found.mode & 0o022) !== 0) throw untrusted(folder, "may be written to by other users");
}

function untrusted(folder: string, problem: string): AsmFilterError {
  return new AsmFilterError("ASMF_CONTROLLER_OPTION_INVALID", `--cache: ${folder} ${problem}`, {
    hint: "Name a folder that does not exist yet, or one of the controller's own user with mode 0700.",
  });
}

/** The whole entries of a folder, those that were written longest ago first. What is left of others is removed; files that are not ours stay. */
export async function sweep(folder: string): Promise<Entry[]> {
  const names = (await readdir(folder)).filter((name) => ours.test(name));
  const found: { entry: Entry; written: number }[] = [];
  for (const name of names.filter((name) => name.endsWith(".json"))) {
    const read = await readEntry(folder, name);
    if (read !== undefined) found.push(read);
  }
  const whole = new Set(
    found.flatMap(({ entry: { artifact } }) => [fileOf(artifact.digest, "json"), fileOf(artifact.digest, "wasm")]),
  );
  for (const name of names) if (!whole.has(name)) await rm(join(folder, name), { force: true });
  return found.sort((one, other) => one.written - other.written).map(({ entry }) => entry);
}

async function readEntry(folder: string, name: string): Promise<{ entry: Entry; written: number } | undefined> {
  try {
    const entry = entrySchema.parse(JSON.parse(await readFile(join(folder, name), "utf8")));
    const { digest, size } = entry.artifact;
    const module = await stat(join(folder, fileOf(digest, "wasm")));
    if (fileOf(digest, "json") !== name || module.size !== size) return undefined;
    return { entry, written: (await stat(join(folder, name))).mtimeMs };
  } catch {
    return undefined;
  }
}
