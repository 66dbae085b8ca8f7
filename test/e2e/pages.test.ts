import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const page = read("docs/reference/abi.md");

/** The rows of a table of the page, by their first cell. */
function rows(name: string): Map<string, string> {
  const table = page.split(`<!-- ${name} -->`)[1]?.split(`<!-- /${name} -->`)[0] ?? "";
  return new Map([...table.matchAll(/^\| `(\w+)` \|(.*)$/gm)].map(([, key = "", rest = ""]) => [key, rest]));
}

test("the page has every host function that a proxy gives, and each is declared in the SDK", () => {
  const [, known = ""] = /const ENV = `([^`]+)`/.exec(read("sdk/compiler/transform/imports.ts")) ?? [];
  const names = known.split(/\s+/).map((entry) => `proxy_${entry.split(":")[0]}`);
  expect(names).toHaveLength(39);
  expect([...rows("functions").keys()].sort()).toEqual(names.sort());
});

test("the page has every callback that the SDK exports", () => {
  const table = read("sdk/compiler/transform/callbacks.ts");
  const optional = [...table.matchAll(/^ {2}(proxy_on_\w+):/gm)].map(([, name]) => name);
  const always = ["proxy_on_context_create", "proxy_on_delete"];
  expect([...rows("callbacks").keys()].sort()).toEqual([...optional, ...always].sort());
});

test.each(["abi", "sdk"])("each test that docs/reference/%s.md names is in its file", (name) => {
  const links = [...read(`docs/reference/${name}.md`).matchAll(/\[([^\]]+)\]\(..\/..\/([^)]+\.ts)\)/g)];
  expect(links.length).toBeGreaterThan(7);
  const missing = links.filter(([, title = "", file = ""]) => !read(file).includes(title));
  expect(missing.map(([link]) => link)).toEqual([]);
});
