import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cached } from "../stack/cache.ts";
import { onFreePorts } from "../stack/ports.ts";
import { Process, StackError } from "../stack/process.ts";

const linux = process.platform === "linux";

describe("a process of the stack", () => {
  test.each(["SIGTERM", "SIGINT", ...(linux ? ["SIGKILL" as const] : [])] as const)(
    "does not outlive a test run that ends by %s",
    async (signal) => {
      const stack = pathToFileURL(join(import.meta.dirname, "../dist/stack/process.js"));
      const script = `
        const { Process } = await import("${stack}");
        console.log(new Process({ title: "sleep", file: "sleep", args: ["600"] }).pid);
        setInterval(() => {}, 1000);`;
      const run = spawn(process.execPath, ["--input-type=module", "--eval", script], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [line] = (await once(run.stdout, "data")) as [Buffer];
      const pid = Number(line);
      expect(isAlive(pid)).toBe(true);
      run.kill(signal);
      await once(run, "exit");
      await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
    },
  );

  test("that ends before it is ready fails with the last lines of its log", async () => {
    const process = new Process({ title: "the part", file: "sh", args: ["-c", "echo cannot find my hat >&2; exit 3"] });
    const error = await process.ready(() => false).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(StackError);
    expect((error as Error).message).toBe("the part ended (exit code 3) before it was ready\n  | cannot find my hat");
  });

  test("that is not there fails with the system's reason", async () => {
    const process = new Process({ title: "the part", file: "/no/such/program", args: [] });
    await expect(process.ready(() => false)).rejects.toThrow("the part ended");
  });

  test("that ignores SIGTERM is killed after the grace, with its children", async () => {
    const script = `trap "" TERM; sleep 600 & echo "$!"; wait; wait`;
    const process = new Process({ title: "stubborn", file: "sh", args: ["-c", script] });
    await process.ready(() => /\d+\n/.test(process.logs()));
    const child = Number(process.logs());
    await process.stop(100);
    expect(process.running).toBe(false);
    if (linux) await expect.poll(() => isAlive(child), { timeout: 10_000 }).toBe(false);
  });
});

test("a port that somebody took in between is replaced by another", async () => {
  const seen: number[] = [];
  const port = await onFreePorts(1, async ([port]) => {
    seen.push(port!);
    if (seen.length === 1) throw new StackError("part", "bind: Address already in use");
    return port!;
  });
  expect(seen).toHaveLength(2);
  expect(port).not.toBe(seen[0]);
});

describe("the cache", () => {
  const before = process.env.ASMFILTER_CACHE;
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "asmfilter-cache-test-"));
    process.env.ASMFILTER_CACHE = folder;
  });
  afterEach(async () => {
    if (before === undefined) delete process.env.ASMFILTER_CACHE;
    else process.env.ASMFILTER_CACHE = before;
    await rm(folder, { recursive: true });
  });

  test("makes a thing once for all who ask at the same time, and not again for those who come later", async () => {
    let made = 0;
    const recipe = {
      key: "thing-1",
      doing: "making a thing",
      make: async (into: string) => {
        made += 1;
        await writeFile(join(into, "content"), "x");
      },
    };
    const folders = await Promise.all([cached(recipe), cached(recipe), cached(recipe)]);
    expect(new Set([...folders, await cached(recipe)])).toEqual(new Set([join(folder, "thing-1")]));
    expect(made).toBe(1);
    expect(await readdir(folder)).toEqual(["thing-1"]);
  });

  test("keeps nothing of what failed", async () => {
    const make = async (into: string): Promise<void> => {
      await writeFile(join(into, "half"), "x");
      throw new Error("no space");
    };
    await expect(cached({ key: "thing-1", doing: "making a thing", make })).rejects.toThrow("no space");
    expect(await readdir(folder)).toEqual([]);
  });

  test("takes over the lock of a process that died", async () => {
    const dead = spawn("true");
    await once(dead, "exit");
    await writeFile(join(folder, "thing-1.lock"), String(dead.pid));
    await cached({ key: "thing-1", doing: "making a thing", make: async () => {} });
    expect(await readdir(folder)).toEqual(["thing-1"]);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
