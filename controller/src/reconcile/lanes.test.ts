import { expect, test } from "vitest";
import { Lanes } from "./lanes.ts";

/** Work that ends when it is told to. */
function hanging(): { work: () => Promise<void>; end: () => void; begun: () => boolean } {
  let end = (): void => undefined;
  let begun = false;
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  const work = (): Promise<void> => {
    begun = true;
    return over;
  };
  return { work, end: () => end(), begun: () => begun };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a lane that is full leaves room for others, and goes on when there is room in it", async () => {
  const lanes = new Lanes(3, [2]);
  const [first, second, third, other] = [hanging(), hanging(), hanging(), hanging()];
  const runs = [first, second, third].map(({ work }) => lanes.run(["full"], work));
  runs.push(lanes.run(["other"], other.work));
  await settled();
  expect([first, second, third, other].map(({ begun }) => begun())).toEqual([true, true, false, true]);
  first.end();
  await runs[0];
  await settled();
  expect(third.begun()).toBe(true);
  for (const each of [second, third, other]) each.end();
  await Promise.all(runs);
});

test("a lane within a lane that is full leaves room beside it", async () => {
  const lanes = new Lanes(9, [3, 1]);
  const names = ["a one", "a one", "a two", "a three", "a four", "b one"];
  const work = names.map((name) => ({ lanes: [name[0]!, name], ...hanging() }));
  const runs = work.map((each) => lanes.run(each.lanes, each.work));
  await settled();
  expect(work.map(({ begun }) => begun())).toEqual([true, false, true, true, false, true]);
  for (const { end } of work) end();
  await Promise.all(runs);
});

test("all lanes together take no more than the limit", async () => {
  const lanes = new Lanes(2, [2]);
  const work = ["a", "b", "c"].map((lane) => ({ lane, ...hanging() }));
  const runs = work.map((each) => lanes.run([each.lane], each.work));
  await settled();
  expect(work.map(({ begun }) => begun())).toEqual([true, true, false]);
  for (const { end } of work) end();
  await Promise.all(runs);
});

test("work that fails leaves its place, and the failure is its caller's", async () => {
  const lanes = new Lanes(1, [1]);
  await expect(lanes.run(["a"], () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await lanes.run(["a"], () => Promise.resolve(7))).toBe(7);
});
