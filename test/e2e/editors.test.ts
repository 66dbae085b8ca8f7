import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asmfilter, removeFolder, temporaryFolder } from "../stack/index.ts";
import { snippetsOfDocs } from "./docs-code.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..", "..");
const modules = join(root, "node_modules");

/** The names under which package.json has them. */
const COMPILERS = { "5.9": "typescript-5.9", "7": "typescript" };

/** Filters that an editor accepts, beside those of the templates, of `filters` and of `docs/examples`. */
const ACCEPTED = {
  numbers: `
import { Action, filter, Headers, HttpFilter } from "@asmfilter/sdk";

@filter("numbers")
class Numbers extends HttpFilter {
  count: u64 = 0;
  override onResponseHeaders(headers: Headers, endOfStream: bool): Action {
    const big: i64 = <i64>this.count - 1;
    headers.set("x-count", this.count.toString() + big.toString(16) + (1.5).toString() + endOfStream.toString());
    headers.set("x-sum", (<f64>this.count + Math.sqrt(2) + <f64>i32.MAX_VALUE).toString());
    return Action.Continue;
  }
}`,
  decorators: `
import {
  additionalProperties, config, Duration, filter, HttpFilter, maximum, maxItems, maxLength, maxProperties, minimum,
  minItems, minLength, minProperties, oneOf, pattern, root, RootContext, Routes, SECOND, secret,
} from "@asmfilter/sdk";

enum Mode { Off, On }

@config
@additionalProperties
class Rule {
  @minLength(1) @maxLength(64) path!: string;
  @oneOf("GET", "POST") method: string = "GET";
}

@config
class Config {
  mode: Mode = Mode.On;
  @minimum(1) @maximum(100) rate: u32 = 10;
  @minimum(0.5) share: f64 = 1;
  @minimum("100ms") timeout: Duration = 5 * SECOND;
  @pattern("^x-") header: string | null = null;
  @secret token: string = "";
  @minItems(1) @maxItems(9) rules: Rule[] = [];
  @minProperties(0) @maxProperties(9) labels: Map<string, string> = new Map();
  routes: Routes<Rule> = new Routes<Rule>();
}

@root("decorators")
class Root extends RootContext<Config> {
  override onConfigure(): bool {
    const header = this.config.header;
    return header === null || header.length > 0;
  }
}

@filter("decorators")
class Decorators extends HttpFilter<Config> {}`,
};

/** Filters that an editor refuses, with what it says of them. */
const REFUSED: Record<string, [says: RegExp, text: string]> = {
  "a callback of another form": [
    /TS2416: Property 'onRequestHeaders' in type 'A' is not assignable/,
    `@filter("a") class A extends HttpFilter { onRequestHeaders(headers: i32): Action { return Action.Continue; } }`,
  ],
  "a callback that returns something else": [
    /TS2416: Property 'onRequestHeaders' in type 'A' is not assignable/,
    `@filter("a") class A extends HttpFilter { onRequestHeaders(headers: Headers, endOfStream: bool): void {} }`,
  ],
  "an unknown callback with override": [
    /TS4117: .* not declared in the base class .* Did you mean 'onRequestHeaders'\?/,
    `@filter("a") class A extends HttpFilter { override onRequestHeader(): Action { return Action.Continue; } }`,
  ],
  "a default of another type": [
    /TS2322: Type 'string' is not assignable to type 'number'/,
    `@config class C { limit: u32 = "ten"; }\n@filter("a") class A extends HttpFilter<C> {}`,
  ],
  "a field used as another type": [
    /TS2322: Type 'number' is not assignable to type 'string'/,
    `@config class C { limit: u32 = 10; }
@filter("a") class A extends HttpFilter<C> { onLog(): void { const text: string = this.config.limit; } }`,
  ],
  "a field that is not there": [
    /TS2551: Property 'limt' does not exist on type 'C'\. Did you mean 'limit'\?/,
    `@config class C { limit: u32 = 10; }\n@filter("a") class A extends HttpFilter<C> { onLog(): void { this.config.limt; } }`,
  ],
  "a misspelt method": [
    /TS2551: Property 'sett' does not exist .* Did you mean 'set'\?/,
    `@filter("a") class A extends HttpFilter { onLog(): void { this.responseHeaders.sett("a", "b"); } }`,
  ],
  "a number for @minLength in quotes": [
    /TS2345: Argument of type 'string' is not assignable/,
    `@config class C { @minLength("1") name: string = "a"; }\n@filter("a") class A extends HttpFilter<C> {}`,
  ],
};
const HEAD = 'import { Action, config, filter, Headers, HttpFilter, minLength } from "@asmfilter/sdk";\n';

let folder = "";
const accepted: string[] = [];
const refused = Object.keys(REFUSED).map((_, i) => `refused-${i}`);

beforeAll(async () => {
  folder = await temporaryFolder("editors");
  for (const name of ["linked", "copied"])
    await mkdir(join(folder, name, "node_modules", "@asmfilter"), { recursive: true });
  await link(join(folder, "linked", "node_modules"));
  await install(join(folder, "copied", "node_modules"));
  await writeFilters(join(folder, "linked"));
  for (const name of [...accepted, ...refused]) {
    await cp(join(folder, "linked", name), join(folder, "copied", name), { recursive: true });
  }
});

afterAll(() => removeFolder(folder));

/** What `npm link` and workspaces make. */
async function link(target: string): Promise<void> {
  for (const name of ["@asmfilter/sdk", "@asmfilter/host", "assemblyscript", "vitest"]) {
    await symlink(join(modules, name), join(target, name), "junction");
  }
}

/** What `npm install` of published packages makes, as far as a filter's own types go. */
async function install(target: string): Promise<void> {
  const pack = ["pack", "-w", "sdk", "--json", "--ignore-scripts", "--pack-destination", target];
  const [{ filename }] = JSON.parse((await run("npm", pack, { cwd: root })).stdout) as [{ filename: string }];
  await run("tar", ["-xzf", filename], { cwd: target });
  await cp(join(target, "package"), join(target, "@asmfilter", "sdk"), { recursive: true });
  for (const part of ["package.json", "tsconfig-base.json", "std"]) {
    await cp(join(modules, "assemblyscript", part), join(target, "assemblyscript", part), { recursive: true });
  }
}

async function writeFilters(target: string): Promise<void> {
  for (const template of (await readdir(join(root, "cli", "templates"))).filter((name) => name !== "every")) {
    await asmfilter(["init", join(target, template), "--name", template, "--template", template]);
    accepted.push(template);
  }
  for (const group of ["filters", "docs/examples"]) {
    for (const entry of await readdir(join(root, group), { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const name = `${basename(group)}-${entry.name}`;
      await cp(join(root, group, entry.name, "assembly"), join(target, name, "assembly"), { recursive: true });
      accepted.push(name);
    }
  }
  const tsconfig = await readFile(join(target, "empty", "assembly", "tsconfig.json"), "utf8");
  const write = async (name: string, text: string) => {
    await mkdir(join(target, name, "assembly"), { recursive: true });
    await writeFile(join(target, name, "assembly", "tsconfig.json"), tsconfig);
    await writeFile(join(target, name, "assembly", "index.ts"), text);
  };
  for (const [name, text] of Object.entries({ ...ACCEPTED, libraries: await allLibraries() })) {
    await write(name, text);
    accepted.push(name);
  }
  for (const { name, text } of (await snippetsOfDocs()).filter(
    ({ isWhole, error, proto }) => isWhole && !error && !proto,
  )) {
    await write(`docs-${name}`, text);
    accepted.push(`docs-${name}`);
  }
  const texts = Object.values(REFUSED).map(([, text]) => HEAD + text);
  for (const [i, name] of refused.entries()) await write(name, texts[i]!);
}

/** A filter that names every export of every library, so that a name that an editor does not find is seen. */
async function allLibraries(): Promise<string> {
  const { exports } = JSON.parse(await readFile(join(root, "sdk", "package.json"), "utf8"));
  const lines: string[] = [];
  for (const path of Object.keys(exports).filter((path) => exports[path].default?.endsWith(".ts"))) {
    const table = (await readFile(join(root, "sdk", exports[path].default), "utf8")).replace(/\/\*.*?\*\//gs, "");
    const names = [...table.matchAll(/export \{([^}]*)\}/g)].flatMap(([, list]) => list!.split(","));
    const named = names.map((name) => name.trim().split(" as ").at(-1)!).filter((name) => name !== "");
    if (path === ".") continue;
    expect(named, path).not.toEqual([]);
    lines.push(
      `import { ${named.map((name) => `${name} as ${path.slice(2)}_${name}`).join(", ")} } from "@asmfilter/sdk${path.slice(1)}";`,
    );
    lines.push(...named.map((name) => `type of_${path.slice(2)}_${name} = typeof ${path.slice(2)}_${name};`));
  }
  return lines.join("\n");
}

const outputOf = (args: string[], install: string) =>
  run(process.execPath, args, { cwd: join(folder, install) }).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  );

/** What TypeScript says of folders, one run for all, by folder. */
async function check(compiler: string, install: string, names: readonly string[]): Promise<Record<string, string>> {
  const tsc = join(modules, compiler, "bin", "tsc");
  const projects = names.map((name) => join(name, "assembly"));
  const said = await outputOf([tsc, "-b", "--force", "--noEmit", "--pretty", "false", ...projects], install);
  const lines = said.split(/\r?\n/).filter((line) => line !== "");
  const [elsewhere] = lines.filter((line) => !/^\s/.test(line) && !names.some((name) => line.startsWith(`${name}/`)));
  expect(elsewhere).toBeUndefined();
  return Object.fromEntries(
    names.map((name) => [name, lines.filter((line) => line.startsWith(`${name}/`)).join("\n")]),
  );
}

describe.each(Object.entries(COMPILERS))("TypeScript %s", (version, compiler) => {
  test.each(["linked", "copied"])(
    "accepts every template, filter, example and filter of the docs, with %s packages",
    async (install) => {
      const { version: real } = JSON.parse(await readFile(join(modules, compiler, "package.json"), "utf8"));
      expect(real).toMatch(new RegExp(`^${version.replace(".", "\\.")}\\.`));
      const said = await check(compiler, install, accepted);
      expect(said).toEqual(Object.fromEntries(accepted.map((name) => [name, ""])));
    },
  );

  test("accepts the tests of every template without typings of Node", async () => {
    const options = { module: "nodenext", strict: true, noEmit: true, skipLibCheck: true, types: [] };
    const project = { compilerOptions: options, include: ["*/test/*.ts"] };
    await writeFile(join(folder, "linked", "tests.json"), JSON.stringify(project));
    const tsc = join(modules, compiler, "bin", "tsc");
    expect(await outputOf([tsc, "-p", "tests.json", "--pretty", "false"], "linked")).toBe("");
    expect(await outputOf([tsc, "-p", "tests.json", "--listFilesOnly"], "linked")).toMatch(/http\/test\/http.test.ts/);
  });

  test.each(["linked", "copied"])("refuses what the compiler would, with %s packages", async (install) => {
    const said = Object.values(await check(compiler, install, refused));
    for (const [i, [what, [message]]] of Object.entries(REFUSED).entries()) expect(said[i], what).toMatch(message);
  });
});
