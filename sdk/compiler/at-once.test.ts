import { expect, test } from "vitest";
import { compileAltered } from "./testdata/altered.ts";
import { compileText, HEAD } from "./testdata/compile.ts";
import { importsOf } from "./testdata/hostile-proxy.ts";

/** They differ in all that the transform asks of the compiler: its runtime, its aliases, what is exported. */
const SILENT = `${HEAD} @filter("silent") class A extends HttpFilter { onLog(): void {} }`;
const LOUD = `${HEAD}
  @config class C { limit: u32 = 5; }
  @filter("loud") class A extends HttpFilter<C> {
    onRequestBody(body: Body, endOfStream: bool): Action {
      if (body.length > this.config.limit) throw new Error("too long");
      return Action.Continue;
    }
  }`;

test("filters that are compiled at once are what they are alone", async () => {
  const alone = [await compileText(SILENT), await compileText(LOUD)];
  const together = await Promise.all([compileText(SILENT), compileText(LOUD)]);
  expect(together).toEqual(alone);
});

test("who runs the compiler himself, with the transform, may do so several times at once", async () => {
  const [silent, loud] = await Promise.all([compileAltered(SILENT), compileAltered(LOUD)]);
  expect(importsOf(silent!)).toEqual([]);
  expect(importsOf(loud!).filter((name) => !name.startsWith("proxy_"))).toEqual([]);
});
