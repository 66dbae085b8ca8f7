import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { failureOf } from "../../test/failures.ts";
import { temporaryFolder } from "../../test/folder.ts";
import { withLock } from "./lock.ts";

const quick = { abandonedMs: 100_000, waitMs: 50 };

const exists = (file: string) =>
  stat(file).then(
    () => true,
    () => false,
  );

async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  return child.pid!;
}

test("one at a time, and the file is gone afterwards", async () => {
  const file = join(await temporaryFolder(), "lock");
  let inside = 0;
  await Promise.all(
    Array.from({ length: 20 }, () =>
      withLock(file, async () => {
        inside += 1;
        expect(inside).toBe(1);
        await sleep(1);
        inside -= 1;
      }),
    ),
  );
  expect(await exists(file)).toBe(false);
});

test("it is never seen without its owner, and nothing is left beside it", async () => {
  const folder = await temporaryFolder();
  const file = join(folder, "lock");
  const seen: string[] = [];
  const looking = new AbortController();
  const look = (async () => {
    while (!looking.signal.aborted) {
      const text = await readFile(file, "utf8").catch(() => undefined);
      if (text !== undefined) seen.push(text);
      await sleep(0);
    }
  })();
  await Promise.all(Array.from({ length: 50 }, () => withLock(file, () => sleep(1))));
  looking.abort();
  await look;
  expect(seen.length).toBeGreaterThan(0);
  expect(seen.filter((text) => JSON.parse(text).pid !== process.pid)).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
});

test("a writer who waited long does not get a lock that looks abandoned, and what killed ones left is removed", async () => {
  const folder = await temporaryFolder();
  const file = join(folder, "lock");
  const left = `${file}.${randomUUID()}`;
  await writeFile(left, "{}");
  await utimes(left, new Date(0), new Date(0));
  await writeFile(file, JSON.stringify({ host: hostname(), pid: process.ppid, id: "x" }));
  setTimeout(() => rm(file), 400);
  await withLock(
    file,
    async () => {
      expect(Date.now() - (await stat(file)).mtimeMs).toBeLessThan(200);
      expect(await readdir(folder)).toEqual(["lock"]);
    },
    { abandonedMs: 10_000, waitMs: 5_000 },
  );
});

test("it is given back after a failure", async () => {
  const file = join(await temporaryFolder(), "lock");
  await expect(withLock(file, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await exists(file)).toBe(false);
});

test("a lock that a living process holds is waited for, and the error says who has it", async () => {
  const file = join(await temporaryFolder(), "lock");
  await writeFile(file, JSON.stringify({ host: hostname(), pid: process.ppid, id: "x" }));
  const failure = await failureOf(withLock(file, async () => "in", quick));
  expect(failure.code).toBe("ASMF_OCI_LAYOUT_LOCKED");
  expect(failure.message).toContain(String(process.ppid));
  expect(failure.hint).toContain(file);
});

test("a lock of a process that died is taken over, by one of many that wait", async () => {
  const file = join(await temporaryFolder(), "lock");
  await writeFile(file, JSON.stringify({ host: hostname(), pid: await deadProcess(), id: "x" }));
  let inside = 0;
  await Promise.all(
    Array.from({ length: 10 }, () =>
      withLock(file, async () => {
        inside += 1;
        expect(inside).toBe(1);
        await sleep(1);
        inside -= 1;
      }),
    ),
  );
});

test("a lock of another machine, or one that was half written, is taken over only when it is old", async () => {
  for (const content of [JSON.stringify({ host: "elsewhere", pid: 1, id: "x" }), '{"host']) {
    const file = join(await temporaryFolder(), "lock");
    await writeFile(file, content);
    expect((await failureOf(withLock(file, async () => "in", quick))).code).toBe("ASMF_OCI_LAYOUT_LOCKED");
    await utimes(file, new Date(0), new Date(0));
    expect(await withLock(file, async () => "in", quick)).toBe("in");
  }
});

test("a lock file that is none of ours is waited for like one half written, and is not shown", async () => {
  const folder = await temporaryFolder();
  const owner = { host: hostname(), pid: process.ppid, id: "x" };
  const contents = [
    "null",
    "[]",
    JSON.stringify({ ...owner, host: "\u001b[31mred" }),
    JSON.stringify({ ...owner, pid: "\u001b" }),
  ];
  contents.push(JSON.stringify({ ...owner, pid: -1 }), JSON.stringify({ ...owner, more: "x".repeat(5000) }));
  for (const content of contents) {
    const file = join(folder, "lock");
    await writeFile(file, content);
    expect((await failureOf(withLock(file, async () => "in", quick))).message).toMatch(/: it is held$/);
  }
});

test("a pipe, and a link to nowhere, in the place of the lock file do not block", async () => {
  const folder = await temporaryFolder();
  const [pipe, link] = [join(folder, "pipe"), join(folder, "link")];
  const [code] = await once(spawn("mkfifo", [pipe]), "exit");
  expect(code).toBe(0);
  await symlink("/nowhere", link);
  for (const file of [pipe, link]) {
    expect((await failureOf(withLock(file, async () => "in", quick))).code).toBe("ASMF_OCI_LAYOUT_LOCKED");
    expect(await withLock(file, async () => "in", { abandonedMs: -1, waitMs: 1000 })).toBe("in");
  }
});

test("a signal ends the waiting with its reason", async () => {
  const file = join(await temporaryFolder(), "lock");
  await writeFile(file, JSON.stringify({ host: hostname(), pid: process.ppid, id: "x" }));
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error("enough")), 10);
  await expect(withLock(file, async () => "in", { signal: stop.signal })).rejects.toThrow("enough");
});

test("the one who died while taking a lock over does not block the next", async () => {
  const file = join(await temporaryFolder(), "lock");
  await writeFile(file, JSON.stringify({ host: hostname(), pid: await deadProcess(), id: "x" }));
  await writeFile(`${file}.break`, "");
  await utimes(`${file}.break`, new Date(0), new Date(0));
  expect(await withLock(file, async () => "in", { ...quick, waitMs: 1000 })).toBe("in");
});

test("who lost the lock may not commit, and leaves the new owner's lock alone", async () => {
  const file = join(await temporaryFolder(), "lock");
  const work = withLock(file, async (check) => {
    await rm(file);
    await writeFile(file, JSON.stringify({ host: "elsewhere", pid: 1, id: "other" }));
    await check();
  });
  expect((await failureOf(work)).code).toBe("ASMF_OCI_LAYOUT_LOCKED");
  expect(JSON.parse(await readFile(file, "utf8")).id).toBe("other");
});
