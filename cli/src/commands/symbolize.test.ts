import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readDebugMap } from "@asmfilter/sdk/debug";
import { expect, test } from "vitest";
import { helloOnce } from "../testdata/hello.ts";
import { type Terminal, terminal } from "../testdata/terminal.ts";

const hello = helloOnce();

/** A log in which the filter's callback traps, as Envoy would write it. */
async function withLog(): Promise<Terminal & { log: string }> {
  const here = await terminal();
  await hello(here);
  const { map } = await readDebugMap(join(here.folder, "hello/build/hello.wasm.map"));
  const { exports, functions, firstFunction } = map.x_asmfilter;
  const index = exports.proxy_on_response_headers!;
  const [, end] = functions[index - firstFunction]!;
  const log = [
    "[2026-01-02 03:04:05.678][42][error][wasm] [wasm_vm.cc:38] Function: proxy_on_response_headers failed: Uncaught RuntimeError: unreachable",
    "Proxy-Wasm plugin in-VM backtrace:",
    `  0:  0x${(end - 1).toString(16)} - unknown(function index:${index})`,
    "[2026-01-02 03:04:05.678][42][info][main] something else",
    "",
  ].join("\n");
  return { ...here, log };
}

test("a log from stdin is printed with the places of the source in it", async () => {
  const here = await withLog();
  const { code, stdout, stderr } = await here.run(["symbolize", "hello"], { stdin: here.log });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const lines = stdout.split("\n");
  expect(lines[2]).toMatch(/^ {2}0: {2}0x[0-9a-f]+ - \S+ at \S+:\d+:\d+/);
  expect(lines[3]).toMatch(
    /^=> hello: proxy_on_response_headers trapped (at|near) \S+:\d+:\d+ in \S+: Uncaught RuntimeError/,
  );
  expect(lines[4]).toContain("something else");
});

test("with --format json only the traps are printed, of a log in a file and with a map by its name", async () => {
  const here = await withLog();
  await writeFile(join(here.folder, "envoy.log"), here.log);
  const argv = ["symbolize", "--map", "hello/build/hello.wasm.map", "-f", "envoy.log", "--format", "json"];
  const { code, stdout } = await here.run(argv);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject([{ filter: "hello", callback: "proxy_on_response_headers", frames: [{}] }]);
});

test("a map of another module is refused, and the log printed as it was", async () => {
  const here = await withLog();
  const log = here.log.replace(/0x[0-9a-f]+/, "0x1");
  const { code, stdout, stderr } = await here.run(["symbolize", "hello"], { stdin: log });
  expect(code).toBe(1);
  expect(stderr).toContain("ASMF_DEBUG_MAP_MISMATCH");
  expect(stdout).toContain("0x1 - unknown(function index:");
});

test("a log without a trap passes as it is", async () => {
  const here = await withLog();
  const { code, stdout, stderr } = await here.run(["symbolize", "hello"], { stdin: "one\ntwo\n" });
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: "one\ntwo\n",
    stderr: "no filter trapped in this log\n",
  });
});

test.each([
  [["symbolize", "nowhere"], "ASMF_FILE"],
  [["symbolize", "hello", "-f", "nowhere.log"], "ASMF_FILE"],
  [["symbolize", "--map", "hello/build/hello.json"], "ASMF_DEBUG_MAP_INVALID"],
])("%j is refused with %s", async (argv, code) => {
  const here = await withLog();
  const outcome = await here.run(argv, { stdin: here.log });
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toContain(code);
});
