import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { asmfilter } from "../stack/asmfilter.ts";
import { removeFolder, temporaryFolder } from "../stack/index.ts";

const root = join(import.meta.dirname, "..", "..");
const filters = join(root, "filters");
const templates = readdirSync(join(root, "cli", "templates")).filter((name) => name !== "every");

test.each(readdirSync(filters))("the filter %s builds and passes its own tests", async (name) => {
  await passes(join(filters, name));
});

test.each(templates)(
  "what init --template %s writes builds without a warning and passes its own tests",
  async (name) => {
    const folder = await temporaryFolder("template");
    try {
      const { stdout } = await asmfilter(["init", folder, "--name", "first", "--template", name, "--format", "json"]);
      const { files } = JSON.parse(stdout) as { files: string[] };
      const read = () => Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
      const written = await read();
      expect(await passes(folder)).not.toMatch(/warning/i);
      // What a build makes of .proto files is there already, for editors.
      expect(await read()).toEqual(written);
    } finally {
      await removeFolder(folder);
    }
  },
);

async function passes(folder: string): Promise<string> {
  const { stdout, stderr } = await asmfilter(["test", folder]);
  expect(stdout + stderr).toMatch(/Tests\s.*\d+ passed/);
  return stdout + stderr;
}
