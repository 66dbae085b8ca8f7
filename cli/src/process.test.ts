import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { terminal } from "./testdata/terminal.ts";

const bin = join(import.meta.dirname, "../bin/asmfilter.js");

function start(argv: string[], cwd: string) {
  const child = spawn(process.execPath, [bin, ...argv], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return {
    child,
    exit: new Promise<number | null>((resolve) => child.on("close", resolve)),
    stderr: text(child.stderr),
  };
}

test("the exit code is the process's", async () => {
  const { folder } = await terminal();
  const done = start(["version"], folder);
  expect(await text(done.child.stdout)).toContain("asmfilter");
  expect(await done.exit).toBe(0);
  expect(await start(["build"], folder).exit).toBe(1);
  expect(await start(["biuld"], folder).exit).toBe(2);
});

test("an interrupt in the middle of a pull exits 130, quietly, and leaves no file", async () => {
  const { folder, files } = await terminal();
  const server = createServer(() => undefined); // never answers
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const asked = once(server, "request");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const { child, exit, stderr } = start(["pull", `127.0.0.1:${port}/filters/hello:0.1`, "-o", "out"], folder);
  await asked;
  child.kill("SIGINT");
  expect({ exit: await exit, stderr: await stderr }).toEqual({ exit: 130, stderr: "" });
  expect(await files()).toEqual([]);
});

test("a reader that has seen enough is no failure", async () => {
  const { folder } = await terminal();
  const { child, exit, stderr } = start(["--help"], folder);
  child.stdout.destroy();
  expect({ exit: await exit, stderr: await stderr }).toEqual({ exit: 0, stderr: "" });
});
