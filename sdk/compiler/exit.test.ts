import { expect, test } from "vitest";
import { CompilerCrash, withoutExit } from "./exit.ts";

test("a compiler that ends the process fails alone, and nothing is changed afterwards", async () => {
  const { exit } = process;
  const crash = withoutExit(async () => {
    await Promise.resolve();
    process.exit(1);
  });
  const other = withoutExit(async () => "built");
  await expect(crash).rejects.toBeInstanceOf(CompilerCrash);
  expect(await other).toBe("built");
  expect(process.exit).toBe(exit);
});
