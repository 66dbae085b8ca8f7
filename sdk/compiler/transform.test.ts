import { describe, expect, test } from "vitest";
import { type Compilation, compile } from "./compile.ts";
import { AsmFilterError } from "./errors.ts";
import { guestFolder } from "./testdata/guest.ts";
import { SmallProxy } from "./testdata/proxy.ts";

declare const WebAssembly: {
  Module: {
    new (bytes: Uint8Array): object;
    exports(module: object): { name: string }[];
    imports(module: object): { module: string; name: string }[];
  };
};

async function compileText(text: string): Promise<Compilation> {
  return compile(await guestFolder({ "assembly/index.ts": text }));
}

async function diagnosticsOf(text: string): Promise<string[]> {
  const error = await compileText(text).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AsmFilterError);
  return (error as AsmFilterError).diagnostics.map(({ file, line, message }) => `${file}:${line} ${message}`);
}

function borderOf({ wasm }: Compilation) {
  const module = new WebAssembly.Module(wasm);
  const exports = WebAssembly.Module.exports(module).map(({ name }) => name);
  const imports = WebAssembly.Module.imports(module).map(({ module, name }) => `${module}.${name}`);
  return { exports: exports.sort(), imports: imports.sort() };
}

const ALWAYS = [
  "_initialize",
  "malloc",
  "memory",
  "proxy_abi_version_0_2_1",
  "proxy_on_context_create",
  "proxy_on_delete",
];

test("only overridden callbacks are exported, those of the author's base classes too, and nothing else of his", async () => {
  const compilation = await compileText(`
    import { filter, HttpFilter, Headers, Action } from "@asmfilter/sdk";
    class Base extends HttpFilter { onLog(): void {} }
    @filter("a") class A extends Base {
      onRequestHeaders(headers: Headers, endOfStream: bool): Action { return Action.Continue; }
    }
    export function leaked(): i32 { return 1; }
    export const alsoLeaked = 1;`);
  const { exports, imports } = borderOf(compilation);
  expect(exports).toEqual([...ALWAYS, "proxy_on_log", "proxy_on_request_headers"].sort());
  expect(imports).toEqual([]);
  expect(compilation.wasm.length).toBeLessThanOrEqual(3072);
});

test("what the language would take from a browser comes from the proxy", async () => {
  const compilation = await compileText(`
    import { filter, HttpFilter, Headers, Action } from "@asmfilter/sdk";
    @filter("a") class A extends HttpFilter {
      onRequestHeaders(headers: Headers, endOfStream: bool): Action {
        assert(headers.has("x-value"), "text");
        trace("traced", 2, 1.5, 2);
        console.log("logged");
        console.error("failed");
        headers.set("x-year", new Date(Date.now()).getUTCFullYear().toString());
        headers.set("x-random", Math.random() < 1 ? "yes" : "no");
        crypto.getRandomValues(new Uint8Array(8));
        return Action.Continue;
      }
    }`);
  const { imports } = borderOf(compilation);
  expect(imports.filter((name) => !name.startsWith("env.proxy_"))).toEqual(["wasi_snapshot_preview1.random_get"]);
  const proxy = new SmallProxy(compilation.wasm);
  proxy.configure(undefined);
  proxy.request(2, [["x-value", "1"]]);
  expect(proxy.logs).toEqual(["0 traced 1.5, 2.0", "2 logged", "4 failed"]);
  expect([proxy.header("x-year"), proxy.header("x-random")]).toEqual(["2023", "yes"]);
});

test("several filters in one module answer each to its root id, and to no other", async () => {
  const { wasm, facts } = await compileText(`
    import { filter, config, log, root, RootContext, HttpFilter, Headers, Action } from "@asmfilter/sdk";
    @config class Config { name: string = "default"; }
    @filter("one") class One extends HttpFilter<Config> {
      onRequestHeaders(headers: Headers, endOfStream: bool): Action { headers.set("x-is", "one " + this.config.name); return Action.Continue; }
    }
    @filter("two") class Two extends HttpFilter {
      onRequestHeaders(headers: Headers, endOfStream: bool): Action { headers.set("x-is", "two"); return Action.Continue; }
    }
    @root("three") class Three extends RootContext {
      onStart(): bool { return this.setTickPeriod(250) == 0; }
      onTick(): void { log.info("tick"); }
    }
    @root("refusing") class Refusing extends RootContext {
      onStart(): bool { return false; }
    }`);
  expect(facts.rootIDs).toEqual(["one", "two", "three", "refusing"]);
  const configured = (rootID: string, configuration?: object) => {
    const proxy = new SmallProxy(wasm);
    const accepted = proxy.configure(configuration, rootID);
    if (accepted) proxy.request(2, []);
    return { accepted, is: proxy.header("x-is"), logs: proxy.logs };
  };
  expect(configured("one", { name: "n" })).toEqual({ accepted: true, is: "one n", logs: [] });
  expect(configured("two")).toEqual({ accepted: true, is: "two", logs: [] });
  expect(configured("refusing").accepted).toBe(false);
  const ticking = new SmallProxy(wasm);
  ticking.configure(undefined, "three");
  ticking.call("proxy_on_tick", 1);
  ticking.request(2, []);
  expect([ticking.tickPeriod, ticking.logs]).toEqual([250, ["2 tick"]]);
  expect(configured("four")).toEqual({
    accepted: false,
    is: undefined,
    logs: ["4 the module has no filter for the root id of this plugin"],
  });
});

test("a misspelt callback is a warning with a guess", async () => {
  const { warnings } = await compileText(`
    import { filter, HttpFilter } from "@asmfilter/sdk";
    @filter("a") class A extends HttpFilter {
      onRequestHeader(): void {}
      onward(): void {}
    }`);
  expect(warnings.map(({ line, message }) => `${line} ${message}`)).toEqual([
    '4 "onRequestHeader" is not a callback, so the proxy will never call it; did you mean "onRequestHeaders"?',
  ]);
});

describe("mistakes are named with their line", () => {
  test.each([
    [
      "no filter",
      'import "@asmfilter/sdk";',
      'no class carries @filter("root id"), so there is nothing for a proxy to run',
    ],
    [
      "a root id that is not written out",
      'import { filter, HttpFilter } from "@asmfilter/sdk";\nconst ID = "a";\n@filter(ID) class A extends HttpFilter {}',
      "assembly/index.ts:3 @filter takes one string literal, the root id",
    ],
    [
      "a root id twice",
      'import { filter, HttpFilter } from "@asmfilter/sdk";\n@filter("a") class A extends HttpFilter {}\n@filter("a") class B extends HttpFilter {}',
      'assembly/index.ts:3 there is already a @filter("a")',
    ],
    [
      "a filter that is none",
      'import { filter } from "@asmfilter/sdk";\n@filter("a") class A {}',
      "assembly/index.ts:2 the class must extend HttpFilter of @asmfilter/sdk",
    ],
    [
      "a callback of another form",
      'import { filter, HttpFilter } from "@asmfilter/sdk";\n@filter("a") class A extends HttpFilter {\nonRequestHeaders(a: i32): void {} }',
      "assembly/index.ts:3 This overload signature is not compatible with its implementation signature.",
    ],
    [
      "an import that no proxy has",
      'import { filter, HttpFilter } from "@asmfilter/sdk";\n@external("env", "my_host")\ndeclare function mine(): void;\n@filter("a") class A extends HttpFilter { onLog(): void { mine(); } }',
      'assembly/index.ts:2 the import "env.my_host" is not known to proxies: the module would not load',
    ],
    [
      "configuration without an end",
      'import { filter, HttpFilter, config } from "@asmfilter/sdk";\n@config class D { up: C[] = []; }\n@config class C { next: D | null = null; }\n@filter("a") class A extends HttpFilter<C> {}',
      'assembly/index.ts:2 the configuration class "D" contains itself',
    ],
    [
      "configuration of a class that is none",
      'import { filter, HttpFilter, config } from "@asmfilter/sdk";\n@config class C { at: Date = new Date(0); }\n@filter("a") class A extends HttpFilter<C> {}',
      'assembly/index.ts:2 the configuration field "at" must be a string, bool, number, list or @config class',
    ],
  ])("%s", async (_name, text, expected) => {
    const found = await diagnosticsOf(text);
    expect(found.join("\n")).toContain(expected);
  });
});
