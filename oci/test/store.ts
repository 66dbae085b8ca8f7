import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { descriptorOf } from "../src/descriptor.ts";
import { layout } from "../src/layout/index.ts";
import { pack } from "../src/pack.ts";
import { temporaryFolder } from "./folder.ts";

export const bytes = new TextEncoder().encode("hello");
export const blob = descriptorOf("text/plain", bytes);
const artifactType = "application/vnd.example";

/** A layout with a manifest `v` of one layer. */
export async function filledStore() {
  const root = join(await temporaryFolder(), "store");
  const store = layout(root);
  await store.push(blob, bytes);
  const manifest = await pack(store, { artifactType, layers: [blob] });
  await store.tag(manifest, "v");
  return { root, store, manifest, file: join(root, "blobs", "sha256", blob.digest.slice(7)) };
}

export const json = async (file: string) => JSON.parse(await readFile(file, "utf8"));
