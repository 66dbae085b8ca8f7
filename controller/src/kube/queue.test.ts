import { expect, test } from "vitest";
import { WorkQueue, work } from "./queue.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a key that is added many times is handed out once", async () => {
  const queue = new WorkQueue();
  for (let time = 0; time < 3; time++) queue.add("a");
  queue.add("b");
  expect([await queue.take(), await queue.take()]).toEqual(["a", "b"]);
  expect(queue.depth).toBe(0);
});

test("a key that is added while it is worked on waits for that, and is handed out again", async () => {
  const queue = new WorkQueue();
  queue.add("a");
  await queue.take();
  queue.add("a");
  queue.add("a");
  expect(queue.depth).toBe(0);
  queue.done("a");
  expect(await queue.take()).toBe("a");
  queue.done("a");
  expect(queue.depth).toBe(0);
});

test("of two waits for one key the shorter counts, and it is handed out once", async () => {
  const queue = new WorkQueue();
  queue.addAfter("a", 60_000);
  queue.addAfter("a", 1);
  queue.addAfter("a", 30_000);
  expect(await queue.take()).toBe("a");
  queue.close();
});

test("each failure in a row doubles the wait up to a limit, and success forgets them", () => {
  const queue = new WorkQueue({ base: 5, max: 100 });
  const waits = Array.from({ length: 7 }, () => queue.retry("a"));
  expect(waits).toEqual([5, 10, 20, 40, 80, 100, 100]);
  queue.forget("a");
  expect(queue.retry("a")).toBe(5);
  queue.close();
});

test("no key is ever worked on twice at once, however often it is added, and none is lost", async () => {
  const queue = new WorkQueue();
  const active = new Set<string>();
  const seen = new Map<string, number>();
  const wanted = new Map<string, number>();
  const running = work(
    queue,
    8,
    async (key) => {
      if (active.has(key)) throw new Error(`${key} twice`);
      active.add(key);
      const version = wanted.get(key) ?? 0;
      await turn();
      seen.set(key, version);
      active.delete(key);
    },
    (_, error) => {
      throw error;
    },
  );
  for (let round = 1; round <= 500; round++) {
    const key = `k${round % 7}`;
    wanted.set(key, round);
    queue.add(key);
    if (round % 5 === 0) await turn();
  }
  while (queue.depth > 0 || queue.active > 0) await turn();
  queue.close();
  await running;
  expect(seen).toEqual(wanted);
});

test("a key whose work throws is tried again, and the others go on", async () => {
  const queue = new WorkQueue({ base: 1, max: 10 });
  const failures: string[] = [];
  let attempts = 0;
  const running = work(
    queue,
    2,
    async (key) => {
      if (key === "bad" && ++attempts < 3) throw new Error(`no ${attempts}`);
      if (key === "bad") queue.close();
    },
    (key, error) => failures.push(`${key} ${(error as Error).message}`),
  );
  queue.add("bad");
  queue.add("good");
  await running;
  expect(failures).toEqual(["bad no 1", "bad no 2"]);
});
