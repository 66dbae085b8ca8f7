import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

const folders: string[] = [];

/** A new folder, which is removed when the test file is done. */
export async function temporaryFolder(title: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `asmfilter-${title}-`));
  folders.push(folder);
  return folder;
}

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});
