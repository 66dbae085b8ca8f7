import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { compileText } from "./testdata/compile.ts";

const page = await readFile(new URL("../../docs/reference/libraries.md", import.meta.url), "utf8");
const examples = [...page.matchAll(/^```ts\n(.*?)^```/gms)].map(([, text]) => text!);

test("the page has examples", () => {
  expect(examples.length).toBeGreaterThan(4);
});

test.each(examples.map((text) => [/@filter\("(\w+)"\)/.exec(text)?.[1], text]))(
  "the example %s compiles",
  async (_name, text) => {
    const { warnings } = await compileText(text!);
    expect(warnings.map(({ file, line, message }) => `${file}:${line} ${message}`)).toEqual([]);
  },
);
