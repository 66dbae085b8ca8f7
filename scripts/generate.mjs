// Writes what is made from sources: the CustomResourceDefinition with the tables of its reference page, and the SDK's API reference.
//
//     npm run generate              writes the files that differ, and names them
//     npm run generate -- --check   writes nothing, and fails where a file differs
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { resourceFiles } from "./generate/resource.mjs";
import { apiFiles } from "./generate/sdk-api.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const checking = process.argv.includes("--check");
const api = apiFiles(join(root, "sdk"), join(root, "docs", "reference", "api"));
const files = new Map([...resourceFiles(root), ...api]);
let differing = 0;

for (const [file, text] of files) {
  if (readOr(file, undefined) === text) continue;
  if (!checking) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  tell(file, checking ? "is out of date; run `npm run generate`" : "written");
}

// A page of a module that is gone.
for (const folder of new Set([...api.keys()].map(dirname))) {
  for (const name of readOr(folder, []) ?? []) {
    const file = join(folder, name);
    if (files.has(file)) continue;
    if (!checking) rmSync(file);
    tell(file, checking ? "has no source; run `npm run generate`" : "removed");
  }
}
process.exitCode = checking && differing > 0 ? 1 : 0;

function tell(file, what) {
  differing++;
  console.error(`generate: ${relative(root, file)} ${what}`);
}

/** The text of a file, or the names in a folder. */
function readOr(path, otherwise) {
  try {
    return Array.isArray(otherwise) ? readdirSync(path) : readFileSync(path, "utf8");
  } catch {
    return otherwise;
  }
}
