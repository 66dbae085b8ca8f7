import { readdirSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { beforeAll, expect, test } from "vitest";
import { main } from "../../cli/src/main.ts";

const examples = join(import.meta.dirname, "..", "..", "docs", "examples");
const names = readdirSync(examples, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

/** What `asmfilter test` came to. It never rejects. */
const runs: Promise<{ code: number; output: string }>[] = [];

// Compiled in this process, which is fast once the compiler has been loaded; while the tests of one run in their own, the next is compiled.
beforeAll(() => {
  for (const [i, name] of names.entries()) runs.push(Promise.resolve(runs[i - 2]).then(() => asmfilterTest(name)));
});

test.each(names)(
  "the example %s builds without a warning and passes its own tests",
  async (name) => {
    const { code, output } = await runs[names.indexOf(name)]!;
    expect(code, output).toBe(0);
    expect(output).toMatch(/Tests\s.*\d+ passed/);
    expect(output).not.toMatch(/warning/i);
  },
  120_000, // the first waits for the compiler to be loaded, beside all that other tests compile
);

async function asmfilterTest(name: string): Promise<{ code: number; output: string }> {
  const pieces: Buffer[] = [];
  const stream = new PassThrough().on("data", (piece: Buffer) => pieces.push(piece));
  const context = { stdout: stream, stderr: stream, stdin: Readable.from([]), env: process.env, cwd: examples };
  const code = await main(["test", name], context);
  return { code, output: Buffer.concat(pieces).toString() };
}
