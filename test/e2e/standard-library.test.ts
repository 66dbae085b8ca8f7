import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { load } from "@asmfilter/host/testing";
import { AsmFilterError, build } from "@asmfilter/sdk/compiler";
import { afterAll, beforeAll, expect, test } from "vitest";
import { removeFolder, temporaryFolder } from "../stack/index.ts";

const STD = dirname(createRequire(import.meta.url).resolve("assemblyscript/std/assembly.json"));

/** What yields a text, and that text. */
const MAPPED: [string, string | RegExp][] = [
  ["Date.now().toString()", /^1\d{12}$/],
  ["new Date(0).toISOString()", "1970-01-01T00:00:00.000Z"],
  ['Date.parse("2020-01-01T00:00:00Z").getTime().toString()', "1577836800000"],
  ["performance.now().toString()", /^1\d{12}(\.\d+)?$/],
  ["process.time().toString()", /^1\d{12}$/],
  ["process.hrtime().toString()", /^1\d{18}$/],
  ["process.arch + process.platform", "wasm32wasm"],
  ["process.argv.length.toString()", "0"],
  ["process.env.keys().join()", "GREETING,EMPTY,EQUALS"],
  ['process.env.get("GREETING") + process.env.get("EMPTY") + process.env.get("EQUALS")', "grüßea=b"],
  ["(Math.random() < 1).toString()", "true"],
  ["(Mathf.random() < 1).toString()", "true"],
  ["(NativeMath.random() < 1).toString()", "true"],
  ["random().toString()", /^4,/],
  ["Math.sin(0).toString()", "0.0"],
  ["Object.is(1, 1).toString()", "true"],
  ["String.fromCodePoint(97)", "a"],
  ['encodeURIComponent("a b")', "a%20b"],
  ['new Error("why").toString()', "Error: why"],
  ["heap.alloc(8) > 0 ? 'some' : 'none'", "some"],
  ["memory.grow(0) > 0 ? 'some' : 'none'", "some"],
  ["Atomics.isLockFree(4).toString()", "true"],
];

/** What logs, as `level: text`. */
const LOGGED: [string, RegExp][] = [
  ['console.log("a")', /^info: a$/],
  ['console.debug("a")', /^debug: a$/],
  ['console.info("a")', /^info: a$/],
  ['console.warn("a")', /^warn: a$/],
  ['console.error("a")', /^error: a$/],
  ['console.assert(false, "a")', /^error: a$/],
  ['console.time("t"); console.timeLog("t")', /^info: t: \d+\.\d+ms$/],
  ['console.timeEnd("t")', /^info: t: \d+\.\d+ms$/],
  ['console.timeEnd("t")', /^warn: Timer 't' does not exist$/],
  ['trace("a", 1, 2)', /^trace: a 2\.0$/],
];

/** What is refused on its line, and how: what is not there, and then what would be an import. */
const REFUSED: [string, string][][] = [
  [
    ["navigator.userAgent", "Cannot find name 'navigator'."],
    ["globalThis.name", "Cannot find name 'globalThis'."],
    ["Reflect.get(1, 2)", "Cannot find name 'Reflect'."],
    ['document.write("a")', "Cannot find name 'document'."],
    ["new WeakMap<string, string>()", "Cannot find name 'WeakMap'."],
    ['Object.keys("a")', "Property 'keys' does not exist on type '~lib/object/Object'."],
    ["Intl.name", "Cannot find name 'Intl'."],
    ["atomic.fence()", "Feature 'threads' is not enabled."],
    ["memory.atomic.wait32(0, 1, 1)", "Feature 'threads' is not enabled."],
    ["i32x4.splat(1)", "Feature 'simd' is not enabled."],
  ],
  [
    ["process.exit(1)", 'the import "env.process.exit" is not known to proxies'],
    ["JSMath.random()", 'the import "env.Math.random" is not known to proxies'],
    ["JSMath.sin(1)", 'the import "env.Math.sin" is not known to proxies'],
  ],
];

const HEAD = `import { Action, filter, Headers, HttpFilter, log } from "@asmfilter/sdk";
function random(): string {
  const bytes = new Uint8Array(4);
  crypto.getRandomValues(bytes);
  return bytes.length.toString() + "," + bytes.toString();
}
@filter("a") class A extends HttpFilter { onRequestHeaders(headers: Headers, endOfStream: bool): Action {
`;
const FIRST_LINE = HEAD.split("\n").length;

let folder = "";
beforeAll(async () => {
  folder = await temporaryFolder("standard-library");
  await mkdir(join(folder, "assembly"));
  await writeFile(join(folder, "filter.yaml"), "name: std\nversion: 0.1.0\ndescription: All of it.\n");
});
afterAll(() => removeFolder(folder));

/** Each statement on a line of its own, from {@link FIRST_LINE} on. */
async function buildOf(statements: string[]) {
  const text = `${HEAD}${statements.map((each) => `${each};\n`).join("")}return Action.Continue; } }`;
  await writeFile(join(folder, "assembly", "index.ts"), text.replaceAll("'", '"'));
  return build({ folder });
}

test("what of the language's library has a counterpart in a proxy works there", async () => {
  const texts = MAPPED.map(([expression]) => `log.info(${expression})`);
  const { wasm, warnings } = await buildOf([...texts, ...LOGGED.map(([statement]) => statement)]);
  expect(warnings).toEqual([]);
  const env = { GREETING: "grüße", EMPTY: "", EQUALS: "a=b" };
  const filter = await load(wasm, { rootID: "a", env, logLevel: "trace" });
  const { logs } = await filter.request();
  const wanted = [
    ...MAPPED.map(([expression, text]) => [expression, typeof text === "string" ? `info: ${text}` : text] as const),
    ...LOGGED,
  ];
  for (const [i, [statement, line]] of wanted.entries()) {
    const said = logs[i] && `${logs[i].level}: ${logs[i].message}`;
    if (typeof line === "string") expect(said, statement).toBe(line);
    else expect(said?.replace(statement.startsWith("console") ? "" : /^info: /, ""), statement).toMatch(line);
  }
});

test("what has none is refused on the line that uses it", async () => {
  for (const uses of REFUSED) {
    const error: unknown = await buildOf(uses.map(([use]) => use)).catch((reason: unknown) => reason);
    if (!(error instanceof AsmFilterError)) throw error;
    const said = error.diagnostics.map(({ file, line, message }) => `${file}:${line} ${message}`);
    for (const [i, [use, message]] of uses.entries()) {
      const line = `assembly/index.ts:${FIRST_LINE + i} ${message}`;
      expect(
        said.find((each) => each.startsWith(line)),
        `${use}: ${said.join("\n")}`,
      ).toBeDefined();
    }
  }
});

test("the tables know all that the language's library asks of a browser or Node", async () => {
  const used = [...MAPPED, ...LOGGED, ...REFUSED.flat()].map(([code]) => code).join("\n") + HEAD;
  for (const file of ["dom", "node"]) {
    const text = await readFile(join(STD, "assembly", "bindings", `${file}.ts`), "utf8");
    const namespaces = [...text.matchAll(/^export declare namespace (\w+)/gm)].map(([, name]) => name!);
    expect(namespaces).not.toEqual([]);
    for (const name of namespaces) expect(used, name).toMatch(new RegExp(`\\b(JS)?${name}\\.`));
  }
});
