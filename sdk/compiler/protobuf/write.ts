import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { generate, MADE } from "./generate.ts";
import { readProtoFiles } from "./read.ts";

/**
 * Writes `assembly/proto/NAME.ts` for each `proto/NAME.proto` of a filter's folder and for what they import; removes
 * what it wrote for files that are gone. A file that is as it should be is left alone.
 * @throws {AsmFilterError} `ASMF_PROTO`
 */
export async function writeMessages(folder: string): Promise<void> {
  const paths = (await filesIn(join(folder, "proto"), ".proto")).sort();
  const target = join(folder, "assembly", "proto");
  const before = await filesIn(target, ".ts");
  if (paths.length === 0 && before.length === 0) return;
  const files = paths.length > 0 ? await readProtoFiles(join(folder, "proto"), paths) : [];
  const texts = new Map(files.map((file) => [file.path.replace(/\.proto$/, ".ts"), generate(file)]));
  for (const [path, text] of texts) {
    if ((await contentOf(join(target, path))) === text) continue;
    await mkdir(dirname(join(target, path)), { recursive: true });
    await writeFile(join(target, path), text);
  }
  for (const path of before) {
    const isStale = !texts.has(path) && (await contentOf(join(target, path)))?.startsWith(MADE);
    if (isStale) await rm(join(target, path));
  }
}

const contentOf = (path: string) => readFile(path, "utf8").catch(() => undefined);

async function filesIn(folder: string, extension: string): Promise<string[]> {
  const all = await readdir(folder, { recursive: true }).catch(() => []);
  return all.filter((path) => path.endsWith(extension)).map((path) => path.replaceAll(sep, "/"));
}
