import { expect, test } from "vitest";
import { Pace } from "./pace.ts";

const kilobyte = 1024;

function work() {
  const state = { running: 0, most: 0, done: 0 };
  const ends: (() => void)[] = [];
  const run = async (): Promise<void> => {
    state.running += 1;
    state.most = Math.max(state.most, state.running);
    await new Promise<void>((resolve) => ends.push(resolve));
    state.running -= 1;
    state.done += 1;
  };
  return { state, ends, run };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("no more bytes of a resource are under way than a quarter, of a namespace than half, and all of it gets done", async () => {
  const pace = new Pace(800 * kilobyte);
  const one = work();
  const other = work();
  const all = Array.from({ length: 10 }, () => [
    pace.run("shop/a", 80 * kilobyte, one.run),
    pace.run("shop/b", 120 * kilobyte, other.run),
    pace.run("shop/c", 120 * kilobyte, other.run),
  ]).flat();
  await turn();
  expect(one.state.running).toBe(2);
  expect(other.state.running).toBe(2);
  while (one.state.done < 10 || other.state.done < 20) {
    one.ends.shift()?.();
    other.ends.shift()?.();
    await turn();
  }
  await Promise.all(all);
  expect(one.state.most).toBe(2);
});

test("the whole is bounded, however many namespaces want more than their first", async () => {
  const pace = new Pace(400 * kilobyte);
  const { state, ends, run } = work();
  const keys = Array.from({ length: 8 }, (_, index) => `team-${index}/a`);
  const all = [...keys, ...keys].map((key) => pace.run(key, 50 * kilobyte, run));
  await turn();
  expect(state.running).toBe(8);
  while (state.done < 16) {
    ends.shift()?.();
    await turn();
  }
  await Promise.all(all);
  expect(state.most).toBe(8);
});

test("one that is larger than the limit runs, alone in its namespace", async () => {
  const pace = new Pace(100 * kilobyte);
  const { state, ends, run } = work();
  const all = [pace.run("shop/a", 500 * kilobyte, run), pace.run("shop/b", 20 * kilobyte, run)];
  await turn();
  expect(state.running).toBe(1);
  ends.shift()?.();
  await turn();
  expect(state.running).toBe(1);
  ends.shift()?.();
  await Promise.all(all);
});

test("proxies that never take theirs hold up neither another namespace nor another resource nor what is small", async () => {
  const pace = new Pace(1000 * kilobyte);
  const stuck = work();
  for (let index = 0; index < 20; index++) void pace.run("shop/a", 200 * kilobyte, stuck.run);
  await turn();
  expect(stuck.state.running).toBe(1);
  const { state, run } = work();
  void pace.run("other/a", 900 * kilobyte, run);
  void pace.run("shop/b", 200 * kilobyte, run);
  void pace.run("shop/a", 100, run);
  await turn();
  expect(state.running).toBe(2);
  void pace.run("third/a", 900 * kilobyte, run);
  await turn();
  expect(state.running).toBe(3);
});

test("resources of a namespace take turns", async () => {
  const pace = new Pace(200 * kilobyte);
  const order: string[] = [];
  const ends: (() => void)[] = [];
  const run = (key: string) => async () => {
    order.push(key);
    await new Promise<void>((resolve) => ends.push(resolve));
  };
  const keys = ["shop/a", "shop/a", "shop/a", "shop/a", "shop/b", "shop/b"];
  const all = keys.map((key) => pace.run(key, 90 * kilobyte, run(key)));
  for (let done = 0; done < keys.length; done++) {
    await turn();
    ends.shift()?.();
  }
  await Promise.all(all);
  expect(order).toEqual(["shop/a", "shop/a", "shop/b", "shop/a", "shop/b", "shop/a"]);
});

test("work that fails makes room as well", async () => {
  const pace = new Pace(1);
  await expect(pace.run("shop/a", 20 * kilobyte, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  await pace.run("shop/a", 20 * kilobyte, () => Promise.resolve());
});
