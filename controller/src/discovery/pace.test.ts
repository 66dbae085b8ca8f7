import { expect, test } from "vitest";
import { Pace } from "./pace.ts";

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

test("no more bytes are under way than allowed, and all of it gets done", async () => {
  const pace = new Pace(100);
  const { state, ends, run } = work();
  const all = Array.from({ length: 10 }, () => pace.run(40, run));
  await turn();
  expect(state.running).toBe(2);
  while (state.done < 10) {
    ends.shift()?.();
    await turn();
  }
  await Promise.all(all);
  expect(state.most).toBe(2);
});

test("one that is larger than the limit runs, alone", async () => {
  const pace = new Pace(100);
  const { state, ends, run } = work();
  const all = [pace.run(500, run), pace.run(1, run)];
  await turn();
  expect(state.running).toBe(1);
  ends.shift()?.();
  await turn();
  expect(state.running).toBe(1);
  ends.shift()?.();
  await Promise.all(all);
});

test("work that fails makes room as well", async () => {
  const pace = new Pace(1);
  await expect(pace.run(1, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  await pace.run(1, () => Promise.resolve());
});
