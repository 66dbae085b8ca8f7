import { load } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

const module = "build/hello-world.wasm";

test("it greets the log and the client", async () => {
  const filter = await load(module);
  expect(filter.logs.map(({ message }) => message)).toEqual(["Hello, World!"]);
  expect((await filter.request()).headers.get("x-hello")).toBe("world");
});

test("the first number is drawn when the timer rings", async () => {
  const filter = await load(module, { config: { highest: 1, every: "1s" } });
  await filter.advance(999);
  expect((await filter.request()).headers.has("x-lucky-number")).toBe(false);
  await filter.advance(1);
  expect((await filter.request()).headers.get("x-lucky-number")).toBe("1");
});

test("every number from 1 to the highest is drawn some time", async () => {
  const filter = await load(module, { config: { highest: 6, every: "1s" } });
  const drawn = new Set<number>();
  for (let i = 0; i < 200; i++) {
    await filter.advance(1000);
    drawn.add(Number((await filter.request()).headers.get("x-lucky-number")));
  }
  expect([...drawn].sort()).toEqual([1, 2, 3, 4, 5, 6]);
});

test("the log says when a number was drawn, if the proxy writes such lines", async () => {
  const filter = await load(module, { config: { highest: 1, every: "1s" }, logLevel: "debug" });
  await filter.advance(2000);
  const [, first, second] = filter.logs.map(({ message }) => message);
  const time = (line = "") => Number(/^At (\d+) ms the lucky number is 1\.$/.exec(line)?.[1]);
  expect(time(second) - time(first)).toBe(1000);
});
