import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");

/** A page that says so has parts of filters, and each of its blocks is compiled. */
const MARK = "<!-- The code of this page is compiled and run by test/e2e/docs.test.ts. -->";

/** A block of code of a page, as a file of a filter that has them all. */
export interface Snippet {
  /** Page and line. */
  place: string;
  /** The file's name, and the root id of a filter that was put around it. */
  name: string;
  text: string;
  /**
   * What the compiler is to say of the file: by `// error: …` beside the line, or, where the page tells it later, by a
   * comment before the block, `<!-- error in line 3: … -->`. Absent where it compiles.
   */
  error?: { line: number; message: string };
  /** What it logs, by `// logs: …`; only of a filter that was put around it. */
  logs: string[];
  /** Whether it traps, by `// traps`. */
  traps: boolean;
  isWhole: boolean;
  /** The page's `.proto` file, for what the block imports from it. */
  proto?: { name: string; text: string };
}

/** The blocks of all pages that are whole filters, and all those of pages that are marked. */
export async function snippetsOfDocs(): Promise<Snippet[]> {
  const paths = (await readdir(join(root, "docs"), { recursive: true })).filter((path) => path.endsWith(".md")).sort();
  const names = await exportedNames();
  const found: Snippet[] = [];
  for (const path of paths.filter((path) => !path.startsWith("examples"))) {
    const page = await readFile(join(root, "docs", path), "utf8");
    for (const block of page.matchAll(/^```ts\n(.*?)^```/gms)) {
      const [, text = ""] = block;
      const isWhole = text.includes('from "@asmfilter/sdk') && /^@filter\(/m.test(text);
      if (!isWhole && !page.includes(MARK)) continue;
      const place = `docs/${path}:${page.slice(0, block.index).split("\n").length}`;
      const name = `s${found.length}`;
      const snippet = read(place, name, isWhole ? renamed(text, name) : wrapped(text, name, names), isWhole);
      const told = /<!-- error in line (\d+): (.*) -->\n\n?$/.exec(page.slice(0, block.index));
      const proto = /from "\.\/proto\/(\w+)"/.exec(text)?.[1];
      const messages = /^```proto\n(.*?)^```/ms.exec(page)?.[1];
      if (proto && messages) snippet.proto = { name: proto, text: messages };
      found.push(told ? { ...snippet, error: { line: Number(told[1]), message: told[2]! } } : snippet);
    }
  }
  return found;
}

async function exportedNames(): Promise<Set<string>> {
  const index = await readFile(join(root, "sdk", "assembly", "index.ts"), "utf8");
  const lists = [...index.matchAll(/^export \{(.*?)\}/gms)].map(([, list]) => list!);
  return new Set(lists.join(",").match(/\w+/g));
}

/** Root ids of one module differ. */
const renamed = (text: string, suffix: string) => text.replaceAll(/@(filter|root)\("(\w+)"\)/g, `@$1("$2-${suffix}")`);

const DECLARATION =
  /^(@|\/\*\*|import |export |(abstract )?class |function |enum |interface |type |namespace |declare )/;
const METHOD = /^(override )?(async )?\w+\(.*\).* \{$/;

/** Paragraphs that declare stay, methods go into a filter, and all else into a callback of it. */
function wrapped(text: string, name: string, names: ReadonlySet<string>): string {
  const paragraphs = text.trimEnd().split(/\n\n(?=\S)/);
  const isMethod = (paragraph: string) => METHOD.test(paragraph.replace(/( \/\/.*)?\n.*/s, ""));
  const outside = paragraphs.filter((paragraph) => DECLARATION.test(paragraph));
  const methods = paragraphs.filter((paragraph) => !DECLARATION.test(paragraph) && isMethod(paragraph));
  const statements = paragraphs.filter((paragraph) => !DECLARATION.test(paragraph) && !isMethod(paragraph));
  const declared = new Set(
    [...text.matchAll(/\b(?:class|function|enum|type|let|const) (\w+)/g)].map(([, each]) => each),
  );
  const used = new Set(["Action", "filter", "Headers", "HttpFilter", ...(text.match(/\w+/g) ?? [])]);
  const imported = [...used].filter((each) => names.has(each) && !declared.has(each));
  const base = /^@config\s+class Config\b/m.test(text) ? "HttpFilter<Config>" : "HttpFilter";
  const callback = `  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
${statements.join("\n")}
    return Action.Continue;
  }`;
  return `import { ${imported.join(", ")} } from "@asmfilter/sdk";
${outside.join("\n")}
@filter("${name}")
class Filter_${name} extends ${base} {
${methods.join("\n")}
${statements.length > 0 ? callback : ""}
}
`;
}

function read(place: string, name: string, text: string, isWhole: boolean): Snippet {
  const lines = text.split("\n");
  const at = lines.findIndex((line) => line.includes("// error: "));
  const message = lines[at]?.split("// error: ")[1];
  // A comment alone on its line is about the line before it.
  const line = /^\s*\/\//.test(lines[at] ?? "") ? at : at + 1;
  const logs = lines.filter((line) => line.includes("// logs: ")).map((line) => line.split("// logs: ")[1]!);
  const traps = lines.some((line) => line.includes("// traps"));
  return { place, name, text, logs, traps, isWhole, ...(message !== undefined && { error: { line, message } }) };
}

/** A module holds HTTP filters or network filters. */
export const isNetwork = ({ text }: Snippet) => text.includes("extends NetworkFilter");

/** Writes a filter that has all of them. */
export async function writeSnippets(folder: string, snippets: readonly Snippet[]): Promise<void> {
  await mkdir(join(folder, "assembly"), { recursive: true });
  await mkdir(join(folder, "proto"), { recursive: true });
  const type = snippets.some(isNetwork) ? "network" : "http";
  const upstreams = new Set(
    snippets.flatMap(({ text }) => [...text.matchAll(/\bupstream\("(\w+)"\)/g)].map(([, name]) => name)),
  );
  await writeFile(
    join(folder, "filter.yaml"),
    `name: snippets\nversion: 0.1.0\ndescription: Those of the docs.\ntype: ${type}\nupstreams: [${[...upstreams].join(", ")}]\n`,
  );
  for (const { name, text, proto } of snippets) {
    await writeFile(join(folder, "assembly", `${name}.ts`), text);
    if (proto) await writeFile(join(folder, "proto", `${proto.name}.proto`), proto.text);
  }
  const imports = snippets.map(({ name }) => `import "./${name}";\n`);
  await writeFile(join(folder, "assembly", "index.ts"), imports.join(""));
}
