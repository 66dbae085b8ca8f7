import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { asmfilter } from "../stack/asmfilter.ts";

const filters = join(import.meta.dirname, "..", "..", "filters");

test.each(readdirSync(filters))("the filter %s builds and passes its own tests", async (name) => {
  const { stdout, stderr } = await asmfilter(["test", join(filters, name)]);
  expect(stdout + stderr).toMatch(/Tests\s.*\d+ passed/);
});
