import { load } from "@asmfilter/host/testing";
import { AsmFilterError, build, type Diagnostic } from "@asmfilter/sdk/compiler";
import { afterAll, beforeAll, expect, test } from "vitest";
import { removeFolder, temporaryFolder } from "../stack/index.ts";
import { isNetwork, type Snippet, snippetsOfDocs, writeSnippets } from "./docs-code.ts";

const snippets = await snippetsOfDocs();
const [failing, compiling] = [snippets.filter(({ error }) => error), snippets.filter(({ error }) => !error)];

let folder = "";
beforeAll(async () => {
  folder = await temporaryFolder("docs");
});
afterAll(() => removeFolder(folder));

/** All in one module: a compilation for each would take minutes. */
async function compile(some: readonly Snippet[]): Promise<{ wasm?: Uint8Array; said: readonly Diagnostic[] }> {
  await writeSnippets(folder, some);
  try {
    const { wasm, warnings } = await build({ folder });
    return { wasm, said: warnings };
  } catch (error) {
    if (!(error instanceof AsmFilterError) || error.diagnostics.length === 0) throw error;
    return { said: error.diagnostics };
  }
}

const placed = ({ file, line, message }: Diagnostic) => {
  const snippet = snippets.find(({ name }) => file === `assembly/${name}.ts`);
  return `${snippet?.place ?? file}: ${snippet?.text.split("\n")[line - 1]?.trim()}: ${message}`;
};

test("the pages have code", () => {
  expect(compiling.filter(({ isWhole }) => isWhole).length).toBeGreaterThan(10);
  expect(failing.length).toBeGreaterThan(20);
});

test("what is shown as code that works compiles without a warning, and logs or traps as it says", async () => {
  expect((await compile(compiling.filter(isNetwork))).said.map(placed)).toEqual([]);
  const { wasm, said } = await compile(compiling.filter((snippet) => !isNetwork(snippet)));
  expect(said.map(placed)).toEqual([]);
  for (const { place, name, logs, traps } of compiling.filter(({ isWhole }) => !isWhole)) {
    const filter = await load(wasm!, { rootID: name });
    await filter.request();
    const guest = filter.logs.filter(({ source, level }) => source === "guest" && level !== "critical");
    expect([place, guest.map(({ message }) => message), filter.healthy]).toEqual([place, logs, !traps]);
  }
}, 60_000);

test("what is shown as a mistake is refused in the words that are shown", async () => {
  const said = new Map<string, Diagnostic[]>();
  // The compiler stops after the phase in which it found something: what a later one refuses is left for the next round.
  for (let left = failing; left.length > 0; ) {
    for (const each of (await compile(left)).said) said.set(each.file, [...(said.get(each.file) ?? []), each]);
    const next = left.filter(({ name }) => !said.has(`assembly/${name}.ts`));
    expect(next.length, `${next.map(({ place }) => place)} compile`).toBeLessThan(left.length);
    left = next;
  }
  for (const { name, place, error } of failing) {
    const found = said.get(`assembly/${name}.ts`)!.filter(({ line }, _, [first]) => line === first!.line);
    // As it is said of a filter of one file.
    const messages = found.map(({ message }) => message.replaceAll(`assembly/${name}/`, "assembly/index/"));
    expect.soft(messages, `${place}: ${placed(found[0]!)}`).toContain(error!.message);
    expect.soft(found[0]!.line, `${place}: ${placed(found[0]!)}`).toBe(error!.line);
  }
}, 60_000);
