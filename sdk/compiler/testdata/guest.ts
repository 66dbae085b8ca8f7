import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { temporaryFolder } from "./folder.ts";

/** A filter's folder in a fresh place: the files given, and a `filter.yaml` unless one is among them. */
export async function guestFolder(files: Record<string, string>): Promise<string> {
  const folder = await temporaryFolder("guest");
  const all = { "filter.yaml": "name: guest\nversion: 1.2.3\n", ...files };
  for (const [name, text] of Object.entries(all)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}
