import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const packages = {
  sdk: ["compiler"],
  host: ["src"],
  oci: ["src"],
  controller: ["src"],
  cli: ["src"],
} as const;

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !name.includes("testdata"))
    .map((name) => join(folder, name));
}

function markdown(path: string): string[] {
  if (path.endsWith(".md")) return [path];
  return readdirSync(join(root, path), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md") && !/(^|\/)(node_modules|dist|build|templates)\//.test(name))
    .map((name) => join(path, name));
}

const read = (path: string): string => readFileSync(join(root, path), "utf8");

describe("error codes", () => {
  const used = new Map<string, string>();
  for (const [name, folders] of Object.entries(packages)) {
    for (const file of folders.flatMap((folder) => sources(join(name, folder)))) {
      for (const [code] of read(file).matchAll(/\bASMF_[A-Z][A-Z0-9_]*[A-Z0-9]\b/g)) used.set(code, file);
    }
  }
  const documented = [...read("docs/reference/errors.md").matchAll(/^### (ASMF_\w+)$/gm)].map((match) => match[1]!);

  test("every code that the packages use is described in docs/reference/errors.md", () => {
    const missing = [...used].filter(([code]) => !documented.includes(code)).map(([code, file]) => `${code} (${file})`);
    expect(missing).toEqual([]);
  });

  test("every code that is described is one that a package uses, and is described once", () => {
    expect(documented.filter((code) => !used.has(code))).toEqual([]);
    expect(documented.length).toBe(new Set(documented).size);
  });
});

describe.each(Object.entries(packages))("package %s", (name, folders) => {
  test("lists as dependencies just what it imports", () => {
    const imported = new Set<string>();
    for (const file of folders.flatMap((folder) => sources(join(name, folder)))) {
      const text = read(file).replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
      for (const match of text.matchAll(
        /(?:\bfrom|\bimport|\bimport\(|\brequire\.resolve\(|\bimport\.meta\.resolve\()\s*"([^".][^"]*)"/g,
      )) {
        const specifier = match[1]!;
        if (isBuiltin(specifier) || !/^(@[\w.-]+\/)?[\w.-]+(\/|$)/.test(specifier)) continue;
        imported.add(
          specifier
            .split("/")
            .slice(0, specifier.startsWith("@") ? 2 : 1)
            .join("/"),
        );
      }
    }
    const manifest = JSON.parse(read(join(name, "package.json"))) as { name: string; dependencies?: object };
    imported.delete(manifest.name);
    expect([...imported].sort()).toEqual(Object.keys(manifest.dependencies ?? {}).sort());
  });
});

test("every link of the documentation leads somewhere", () => {
  const pages = ["README.md", "CONTRIBUTING.md", "docs", ...Object.keys(packages), "filters", "test"].flatMap(markdown);
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)\s#]+)(?:#[^)\s]*)?\)/g)]
      .map((match) => match[1]!)
      .filter((target) => !existsSync(join(root, dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  );
  expect(pages.length).toBeGreaterThan(10);
  expect(broken).toEqual([]);
});

test("the lock file holds no registry's address", () => {
  expect(read("package-lock.json")).not.toMatch(/"resolved": "https?:/);
});
