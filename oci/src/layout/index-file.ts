import { join } from "node:path";
import { type Descriptor, invalid, isObject, parseDescriptor, plain } from "../descriptor.ts";
import { AsmFilterError } from "../errors.ts";
import { parseJSON } from "../manifest.ts";
import { imageIndex, refNameAnnotation } from "../media-types.ts";
import { openInside, writeAtomically } from "./files.ts";
import { withLock } from "./lock.ts";

/** `index.json` of a layout. Fields and annotations of other tools are kept as they are. */
export type IndexFile = Record<string, unknown> & { readonly manifests: readonly Record<string, unknown>[] };

// Some 50,000 entries. What is larger is no layout that people work with.
const MAX_INDEX_SIZE = 16 * 1024 * 1024;

/** @throws {AsmFilterError} `ASMF_OCI_MANIFEST_INVALID`; `ASMF_OCI_TOO_LARGE` */
export async function readIndexFile(root: string): Promise<IndexFile> {
  const opened = await openInside(root, join(root, "index.json"));
  if (opened === undefined) return { schemaVersion: 2, mediaType: imageIndex, manifests: [] };
  const { handle, size } = opened;
  try {
    if (size > MAX_INDEX_SIZE) {
      throw new AsmFilterError("ASMF_OCI_TOO_LARGE", `${join(root, "index.json")} has ${size} bytes`, {
        hint: `At most ${MAX_INDEX_SIZE} bytes are read. Use several layouts.`,
      });
    }
    return parseIndexFile(await handle.readFile(), join(root, "index.json"));
  } finally {
    await handle.close();
  }
}

/** Entries are read when they are asked for: what another tool wrote of other artifacts is not ours to refuse. */
function parseIndexFile(bytes: Uint8Array, file: string): IndexFile {
  const value = parseJSON(bytes, file);
  if (!isObject(value)) throw invalid(`${file} is no JSON object`);
  // Go writes an empty list so.
  const manifests = value.manifests ?? [];
  if (!Array.isArray(manifests) || !manifests.every(isObject)) throw invalid(`${file} has no list \`manifests\``);
  return { ...value, manifests };
}

/**
 * The entry that a tag or digest names.
 *
 * @throws {AsmFilterError} `ASMF_OCI_MANIFEST_INVALID` when it is no descriptor, or a tag names two manifests.
 */
export function findEntry({ manifests }: IndexFile, reference: string): Descriptor | undefined {
  const [found, ...others] = manifests.filter((entry) => [entry.digest, tagOf(entry)].includes(reference));
  if (found === undefined) return undefined;
  if (others.some(({ digest }) => digest !== found.digest))
    throw invalid(`${reference} names several manifests in index.json`);
  return withoutRefName(parseDescriptor(found, `index.json, ${reference}`));
}

/** The name belongs to the entry of this index, not to the manifest. */
function withoutRefName({ annotations, ...descriptor }: Descriptor): Descriptor {
  const { [refNameAnnotation]: _, ...others } = annotations ?? {};
  return Object.keys(others).length === 0 ? descriptor : { ...descriptor, annotations: others };
}

/** Changes `index.json` by a function of what is in it now: no change of another writer is lost. Writes only where something changed. */
export async function updateIndexFile(
  root: string,
  change: (index: IndexFile) => IndexFile,
  signal?: AbortSignal | undefined,
): Promise<void> {
  const update = async (check: () => Promise<void>) => {
    const before = await readIndexFile(root);
    const after = change(before);
    if (after !== before) await writeAtomically(root, join(root, "index.json"), JSON.stringify(after), check);
  };
  await withLock(join(root, "index.json.lock"), update, { signal });
}

/** Lists a manifest that nothing names yet, so that other tools find it and do not take it for garbage. */
export function withEntry(index: IndexFile, descriptor: Descriptor): IndexFile {
  if (index.manifests.some((entry) => entry.digest === descriptor.digest)) return index;
  return { ...index, manifests: [...index.manifests, { ...plain(descriptor), ...withArtifactType(descriptor) }] };
}

/** Gives a name to a manifest, and takes it from the one that had it, which stays listed. What others wrote of the manifest stays. */
export function withTag(index: IndexFile, descriptor: Descriptor, tag: string): IndexFile {
  const named = index.manifests.filter((entry) => tagOf(entry) === tag);
  if (named.length === 1 && named[0]?.digest === descriptor.digest) return index;
  const known = index.manifests.find(({ digest }) => digest === descriptor.digest);
  const entry = {
    ...known,
    ...plain(descriptor),
    ...withArtifactType(descriptor),
    annotations: {
      ...(isObject(known?.annotations) ? known.annotations : {}),
      ...descriptor.annotations,
      [refNameAnnotation]: tag,
    },
  };
  const others = index.manifests.flatMap((other) => {
    if (tagOf(other) === tag) return hasOtherEntry(index, other) ? [] : [withoutTag(other)];
    // The name replaces an entry without one.
    return other.digest === descriptor.digest && tagOf(other) === undefined ? [] : [other];
  });
  return { ...index, manifests: [...others, entry] };
}

export function tagOf(entry: Record<string, unknown>): string | undefined {
  const name = isObject(entry.annotations) ? entry.annotations[refNameAnnotation] : undefined;
  return typeof name === "string" ? name : undefined;
}

function hasOtherEntry(index: IndexFile, entry: Record<string, unknown>): boolean {
  return index.manifests.some((other) => other !== entry && other.digest === entry.digest);
}

function withoutTag({ annotations, ...entry }: Record<string, unknown>): Record<string, unknown> {
  const { [refNameAnnotation]: _, ...rest } = annotations as Record<string, unknown>;
  return Object.keys(rest).length === 0 ? entry : { ...entry, annotations: rest };
}

function withArtifactType({ artifactType }: Descriptor): { artifactType?: string } {
  return artifactType === undefined ? {} : { artifactType };
}
