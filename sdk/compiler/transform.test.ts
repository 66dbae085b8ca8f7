import { expect, test } from "vitest";
import type { Compilation } from "./compile.ts";
import { compileText, HEAD } from "./testdata/compile.ts";
import { SmallProxy } from "./testdata/proxy.ts";

declare const WebAssembly: {
  Module: {
    new (bytes: Uint8Array): object;
    exports(module: object): { name: string }[];
    imports(module: object): { module: string; name: string }[];
  };
};

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

test("a root that is told of an access log is exported, and not warned of", async () => {
  const compilation = await compileText(`
    import { root, RootContext } from "@asmfilter/sdk";
    @root("a") class A extends RootContext { onLog(): void {} }`);
  expect(borderOf(compilation).exports).toContain("proxy_on_log");
  expect(compilation.warnings).toEqual([]);
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

test.each([
  [
    "an alias",
    'import { config as c, filter as f, HttpFilter } from "@asmfilter/sdk"; @c class C {} @f("a") class A extends HttpFilter<C> {}',
  ],
  [
    "a namespace",
    'import { HttpFilter } from "@asmfilter/sdk"; import * as sdk from "@asmfilter/sdk"; @sdk.config class C {} @sdk.filter("a") class A extends HttpFilter<C> {}',
  ],
  [
    "a default export",
    `${HEAD} @config export class C {} @filter("a") export default class A extends HttpFilter<C> {}`,
  ],
])("decorators are known by %s", async (_name, text) => {
  const { wasm, facts } = await compileText(text);
  expect(facts.rootIDs).toEqual(["a"]);
  const proxy = new SmallProxy(wasm);
  expect([proxy.configure({}), proxy.configure({ x: 1 })]).toEqual([true, false]);
});

test("a root without a filter decodes its own configuration, and does not see it before", async () => {
  const { wasm, facts } = await compileText(`${HEAD}
    @config class Big { p: i32 = 1; q: i32 = 2; }
    @root("a") class R extends RootContext<Big> {
      onConfigure(): bool { log.info("q=" + this.config.q.toString()); return true; }
    }
    @root("early") class Early extends RootContext<Big> { onStart(): bool { return this.config.p == 1; } }`);
  expect(facts.schema).toMatchObject({ properties: { q: { type: "integer", default: 2 } } });
  const proxy = new SmallProxy(wasm);
  expect([proxy.configure({ q: 5 }, "a"), proxy.logs]).toEqual([true, ["2 q=5"]]);
  expect(new SmallProxy(wasm).configure({ nonsense: 1 }, "a")).toBe(false);
  expect(() => new SmallProxy(wasm).configure({}, "early")).toThrow("unreachable");
});

test("a log statement is guarded wherever it stands, and what only has its name is left alone", async () => {
  const { wasm } = await compileText(`${HEAD}
    @filter("a") class A extends HttpFilter {
      onRequestHeaders(headers: Headers, endOfStream: bool): Action {
        headers.getAll("x").forEach((value) => log.info(value));
        return Action.Continue;
      }
    }`);
  const proxy = new SmallProxy(wasm);
  proxy.configure(undefined);
  proxy.request(2, [["x", "1"]]);
  proxy.logLevel = 3;
  proxy.request(3, [["x", "2"]]);
  expect(proxy.logs).toEqual(["2 1"]);

  const shadowed = new SmallProxy(
    (
      await compileText(`${HEAD}
    class Mine { constructor(public headers: Headers) {} info(text: string): void { this.headers.set("x-mine", text); } }
    @filter("a") class A extends HttpFilter {
      onRequestHeaders(headers: Headers, endOfStream: bool): Action {
        const log = new Mine(headers);
        log.info("said");
        return Action.Continue;
      }
    }`)
    ).wasm,
  );
  shadowed.logLevel = 5;
  shadowed.configure(undefined);
  shadowed.request(2, []);
  expect(shadowed.header("x-mine")).toBe("said");
});

test("names that the author gives to his own things are his", async () => {
  const { wasm } = await compileText(`${HEAD}
    function utf8(text: string): string { return "mine " + text; }
    function _utf8(text: string): string { return utf8(text); }
    function _read(): i32 { return 1; }
    @config class C { value: string = ""; }
    @filter("a") class A extends HttpFilter<C> {
      onRequestHeaders(headers: Headers, endOfStream: bool): Action {
        headers.set("x-is", _utf8("text") + this.config.value + _read().toString());
        return Action.Continue;
      }
    }`);
  const proxy = new SmallProxy(wasm);
  proxy.configure({ value: "!" });
  proxy.request(2, []);
  expect(proxy.header("x-is")).toBe("mine text!1");
});

test("fields that the author gives to his filter or root are his", async () => {
  const { wasm } = await compileText(`${HEAD}
    @config class C { value: string = "!"; }
    @root("a") class R extends RootContext<C> { decoded: Object | null = null; number: u32 = 5; }
    @filter("a") class A extends HttpFilter<C> {
      number: u32 = 0;
      following: A | null = null;
      onRequestHeaders(headers: Headers, endOfStream: bool): Action {
        this.number = 999;
        this.following = this;
        headers.set("x-is", this.contextID.toString() + this.config.value);
        return Action.Continue;
      }
    }`);
  const proxy = new SmallProxy(wasm);
  proxy.configure({});
  for (const id of [2, 3, 2]) {
    proxy.request(id, []);
    expect(proxy.header("x-is")).toBe(`${id}!`);
    if (id === 3) proxy.call("proxy_on_delete", 2);
  }
});

test.each([
  ['throw new Error("because")', ["5 because"]],
  ['assert(false, "because")', ["5 because"]],
  ["assert(false)", []],
])("a trap by %s logs the text that the author gave it", async (statement, logs) => {
  const { wasm } = await compileText(`${HEAD}
    @filter("a") class A extends HttpFilter { onLog(): void { if (this.contextID) ${statement}; } }`);
  const proxy = new SmallProxy(wasm);
  proxy.configure(undefined);
  proxy.request(2, []);
  expect(() => proxy.call("proxy_on_log", 2)).toThrow("unreachable");
  expect(proxy.logs).toEqual(logs);
});
