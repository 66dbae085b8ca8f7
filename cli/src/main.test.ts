import { describe, expect, test } from "vitest";
import { terminal } from "./testdata/terminal.ts";

describe("help and version", () => {
  test("--help names every verb on stdout and succeeds", async () => {
    const { run } = await terminal();
    const { code, stdout, stderr } = await run(["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const verb of ["init", "build", "test", "inspect", "push", "pull", "render", "version"]) {
      expect(stdout).toMatch(new RegExp(`^ {2}${verb} `, "m"));
    }
  });

  test("each verb's help has an example", async () => {
    const { run } = await terminal();
    for (const verb of ["init", "build", "test", "inspect", "push", "pull", "render", "version"]) {
      const { code, stdout } = await run([verb, "--help"]);
      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(`Examples?:\n {2}\\$ .*asmfilter ${verb} `));
    }
  });

  test("version says what decides a build, as text and as JSON", async () => {
    const { run } = await terminal();
    const text = await run(["version"]);
    expect(text.stdout).toMatch(/^asmfilter +\d+\.\d+\.\d+$/m);
    const { asmfilter, abi, node } = JSON.parse((await run(["version", "--format", "json"])).stdout);
    expect({ abi, node }).toEqual({ abi: "0.2.1", node: process.versions.node });
    expect((await run(["--version"])).stdout).toBe(`${asmfilter}\n`);
  });
});

describe("wrong usage exits 2, says why on stderr and what to do, and prints no data", () => {
  test.each([
    { argv: ["buidl"], message: "unknown command 'buidl'", hint: "Did you mean build?" },
    { argv: ["init", "--nam", "x"], message: "unknown option '--nam'", hint: "Did you mean --name?" },
    { argv: ["push"], message: "missing required argument 'filter'", hint: '"asmfilter push --help"' },
    { argv: ["build", "a", "b"], message: "too many arguments for 'build'", hint: '"asmfilter build --help"' },
    {
      argv: ["version", "--format", "xml"],
      message: "Allowed choices are text, json",
      hint: '"asmfilter version --help"',
    },
    { argv: ["init", "--name", "Foo_Bar"], message: '"Foo_Bar" cannot be a filter\'s name', hint: "--name foo-bar" },
    { argv: ["test", "a", "b", "--", "-t", "x"], message: 'too many arguments for "test": b', hint: 'come after "--"' },
    { argv: ["push", "x", "y", "--annotation", "z"], message: "It must be KEY=VALUE", hint: '"asmfilter push --help"' },
    { argv: [], message: "a verb is missing", hint: "listed above" },
    { argv: ["help", "biuld"], message: "unknown command 'biuld'", hint: "Did you mean build?" },
    { argv: ["nope", "--help"], message: "unknown command 'nope'", hint: '"asmfilter --help"' },
    { argv: ["test", "hello", "-t", "foo"], message: "unknown option '-t'", hint: "asmfilter test hello -- -t NAME" },
    { argv: ["pull", "./store:1", "-o", "-"], message: "stdout is one", hint: "Give -o a folder" },
    { argv: ["pull", "./store:1", "--timeout", "soon"], message: "number of seconds", hint: '"asmfilter pull --help"' },
    { argv: ["init", "--name", "Ünïcode"], message: "cannot be a filter's name", hint: "--name unicode" },
  ])("asmfilter $argv", async ({ argv, message, hint }) => {
    const { run, files } = await terminal();
    const { code, stdout, stderr } = await run(argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^error: .* \[ASMF_USAGE\]\n {2}→ .+\n$/m);
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
    expect(await files()).toEqual([]);
  });
});

describe("colours", () => {
  test.each([
    { where: "on a terminal", isTTY: true, env: {}, colored: true },
    { where: "not off a terminal", isTTY: false, env: {}, colored: false },
    { where: "not with NO_COLOR", isTTY: true, env: { NO_COLOR: "1" }, colored: false },
    { where: "not on a dumb terminal", isTTY: true, env: { TERM: "dumb" }, colored: false },
    { where: "off a terminal with FORCE_COLOR", isTTY: false, env: { FORCE_COLOR: "1" }, colored: true },
  ])("$where", async ({ isTTY, env, colored }) => {
    const { run } = await terminal();
    const { stderr } = await run(["buidl"], { isTTY, env });
    const { stdout } = await run(["--help"], { isTTY, env });
    expect({ stderr: stderr.includes("\u001b["), stdout: stdout.includes("\u001b[") }).toEqual({
      stderr: colored,
      stdout: colored,
    });
  });
});

test("a stack trace is shown only where ASMFILTER_DEBUG asks for it", async () => {
  const { run } = await terminal();
  expect((await run(["build", "nowhere"])).stderr).not.toMatch(/^\s+at /m);
  expect((await run(["build", "nowhere"], { env: { ASMFILTER_DEBUG: "1" } })).stderr).toMatch(/^\s+at /m);
});
