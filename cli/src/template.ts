import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AsmFilterError } from "./errors.ts";
import { writeFiles } from "./files.ts";
import { ownVersion } from "./versions.ts";

const folders = fileURLToPath(new URL("../templates", import.meta.url));
/** What every template has; the others are named after what they start a filter for. */
const every = join(folders, "every");

/**
 * Writes the files of a template into `folder` with the filter's name filled in, all of them or none.
 * @returns the paths written, relative to `folder`, sorted.
 * @throws {AsmFilterError} ASMF_USAGE for a name that no filter can have, ASMF_FILE_EXISTS where a file is in the way.
 */
export async function writeTemplate(template: string, folder: string, name: string): Promise<string[]> {
  checkName(name);
  const source = await readFile(join(folders, template, "assembly", "index.ts"), "utf8");
  const values = { NAME: name, CLASS: className(name, source), VERSION: ownVersion() };
  const files = new Map([...(await fill(every, values)), ...(await fill(join(folders, template), values))]);
  const inTheWay = [...files.keys()].sort().filter((file) => existsSync(join(folder, file)));
  if (inTheWay.length > 0) {
    throw new AsmFilterError("ASMF_FILE_EXISTS", `${folder} already has ${inTheWay.join(", ")}; nothing was written`, {
      hint: "Give another folder, or move what is there away.",
    });
  }
  await writeFiles([...files].map(([file, content]) => ({ path: join(folder, file), content })));
  return [...files.keys()].sort();
}

async function fill(root: string, values: Record<string, string>): Promise<Map<string, string>> {
  const substitute = (text: string) =>
    text.replaceAll(/TEMPLATE_([A-Z]+)/g, (whole, key: string) => values[key] ?? whole);
  const files = new Map<string, string>();
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const path of paths.sort()) {
    files.set(substitute(path.slice(root.length + 1)), substitute(await readFile(path, "utf8")));
  }
  return files;
}

/** A name ends up in file names, image references and Kubernetes names: a DNS label fits all of them. */
function checkName(name: string): void {
  if (/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) return;
  const fitting = name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "") // the accents, now apart from their letters
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^[^a-z]+|-+$/g, "")
    .slice(0, 63);
  const suggestion = fitting === "" ? "hello" : fitting;
  throw new AsmFilterError(
    "ASMF_USAGE",
    `"${name}" cannot be a filter's name: it takes lower-case letters, digits and "-", a letter first, at most 63`,
    { hint: `Give one that fits, for example --name ${suggestion}.` },
  );
}

/** The filter's name as that of a class: not one that the template's source or the language uses already. */
function className(name: string, source: string): string {
  const words = name.split("-").map((word) => word.slice(0, 1).toUpperCase() + word.slice(1));
  const pascal = words.join("");
  const taken = new RegExp(`\\b${pascal}\\b`).test(source) || pascal in globalThis;
  return taken ? `${pascal}Filter` : pascal;
}
