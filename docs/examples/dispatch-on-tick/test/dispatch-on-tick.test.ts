import { load } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

const module = "build/dispatch-on-tick.wasm";

test("responses carry the notice once the service was asked, and ask nobody themselves", async () => {
  const asked: string[] = [];
  const filter = await load(module, {
    clusters: {
      notices: ({ path }) => {
        asked.push(path);
        return { body: "down for repairs at 22:00\n" };
      },
    },
  });
  expect((await filter.request()).headers.has("x-notice")).toBe(false);
  await filter.advance(10_000);
  expect((await filter.request()).headers.get("x-notice")).toBe("down for repairs at 22:00");
  expect((await filter.request()).headers.get("x-notice")).toBe("down for repairs at 22:00");
  expect(asked).toEqual(["/notice"]);
});

test("a notice that is taken back is not shown any more", async () => {
  const notices = ["closed today", ""];
  const filter = await load(module, {
    config: { period: "1s" },
    clusters: { notices: () => ({ body: notices.shift()! }) },
  });
  await filter.advance(1000);
  expect((await filter.request()).headers.get("x-notice")).toBe("closed today");
  await filter.advance(1000);
  expect((await filter.request()).headers.has("x-notice")).toBe(false);
});

test("while the service does not answer the last notice stays, and the log says so once", async () => {
  let isUp = true;
  const filter = await load(module, {
    config: { period: "1s" },
    clusters: { notices: () => (isUp ? { body: "closed today" } : "reset") },
  });
  await filter.advance(1000);
  isUp = false;
  await filter.advance(3000);
  expect((await filter.request()).headers.get("x-notice")).toBe("closed today");
  expect(filter.logs.map(({ message }) => message)).toEqual([
    "the notice is now: closed today",
    "no notice: status 503",
  ]);
});
