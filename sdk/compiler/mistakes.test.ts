import { describe, expect, test } from "vitest";
import { compileText, diagnosticsOf, HEAD } from "./testdata/compile.ts";

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
      "assembly/index.ts:2 the class must extend HttpFilter or NetworkFilter of @asmfilter/sdk",
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
      'assembly/index.ts:2 the configuration field "at" must be a string, bool, number, enum, Duration, @config class, or list, map',
    ],
    [
      "a filter whose constructor takes arguments",
      `${HEAD}@filter("a") class A extends HttpFilter { constructor(x: i32) { super(); } }`,
      "assembly/index.ts:2 a context is made without arguments: its constructor can take none",
    ],
  ])("%s", async (_name, text, expected) => {
    const found = await diagnosticsOf(text);
    expect(found.join("\n")).toContain(expected);
  });
});

const FILTER = '@filter("a") class A extends HttpFilter<C> {}';

test.each([
  ["a class without @config", `class C { x: i32 = 7 }\n${FILTER}`, '3 "C" is no @config class'],
  ["a subclass of a @config class", `@config class B {}\nclass C extends B {}\n${FILTER}`, '4 "C" is no @config class'],
  [
    "a root's class without @config",
    'class C { x: i32 = 7 }\n@root("a") class A extends RootContext<C> {}',
    '3 "C" is no',
  ],
  [
    "another class for the root than for the filter",
    `@config class C {}\n@config class D {}\n@root("a") class R extends RootContext<D> {}\n${FILTER}`,
    '4 the filter of this root id has the configuration "C", and the root "D"',
  ],
  [
    "@config in a namespace",
    `namespace N {\n@config export class C {} }`,
    "3 @config belongs on a class at the top level",
  ],
  [
    "a filter in a namespace",
    `namespace N {\n@filter("a") export class A extends HttpFilter {} }`,
    "3 @filter belongs on",
  ],
  ["@filter on a function", '@filter("a") function f(): void {}', "2 @filter belongs on a class at the top level"],
  ["@filter twice", '@filter("a")\n@filter("b") class A extends HttpFilter {}', "3 @filter stands beside @filter"],
  ["a root id without letters", '@filter("") class A extends HttpFilter {}', "2 @filter takes one string literal"],
  [
    "@filter on a root",
    '@filter("a") class A extends RootContext {}',
    "2 the class must extend HttpFilter or NetworkFilter of @asm",
  ],
  [
    "a generic filter",
    '@filter("a") class A<T> extends HttpFilter<T> {}',
    "2 the class of a @filter cannot be generic",
  ],
  [
    "an abstract filter",
    '@filter("a") abstract class A extends HttpFilter {}',
    "2 the class of a @filter cannot be abstract",
  ],
  [
    "a base whose constructor takes arguments",
    'class B extends HttpFilter { constructor(x: i32) { super(); } }\n@filter("a") class A extends B {}',
    "3 a context is made without arguments: its constructor can take none",
  ],
  [
    "a @config class whose base is none",
    `class B {}\n@config class C extends B {}\n${FILTER}`,
    '3 the base of a configuration class must be one: put @config above "B"',
  ],
  [
    "a generic @config class",
    `@config class C<T> {}\n@filter("a") class A extends HttpFilter {}`,
    "2 a configuration class cannot be generic",
  ],
  ["an abstract @config class", `@config abstract class C {}\n${FILTER}`, "2 a configuration class cannot be abstract"],
  [
    "a readonly field",
    `@config class C {\nreadonly x: i32 = 1 }\n${FILTER}`,
    "3 a configuration class cannot have a readonly field",
  ],
  [
    "a member of the compiler's",
    `@config class C {\n_read(): void {} }\n${FILTER}`,
    '3 a configuration class cannot have a member "_read"',
  ],
  [
    "a @config constructor with arguments",
    `@config class C {\nconstructor(public x: i32 = 1) {} }\n${FILTER}`,
    "3 a configuration class is made without",
  ],
  ["a field of no known type", `@config class C {\nx: Strin = "a" }\n${FILTER}`, "3 Cannot find name 'Strin'."],
])("%s is refused once, on its line", async (_name, text, expected) => {
  const found = [...new Set(await diagnosticsOf(HEAD + text))];
  expect(found).toEqual([expect.stringContaining(`assembly/index.ts:${expected}`)]);
});

test.each([
  ["a global", '@external("env", "my_global") declare const g: i32;', "trace(g.toString())", "is not known to proxies"],
  [
    "a host function with other parameters",
    '@external("env", "proxy_log") declare function write(a: i64): i32;',
    "write(1)",
    "is (i32, i32, i32 => i32) in proxies, not (i64 => i32)",
  ],
])("the import of %s that no proxy has is refused", async (_name, declaration, use, expected) => {
  const text = `${HEAD}${declaration}\n@filter("a") class A extends HttpFilter { onLog(): void { ${use}; } }`;
  expect(await diagnosticsOf(text)).toEqual([expect.stringMatching(/^assembly\/index.ts:2 the import "env/)]);
  expect((await diagnosticsOf(text))[0]).toContain(expected);
});

describe("an import that only a library asks for is told where the author's code leads to it", () => {
  test.each([
    ["in a callback", "onLog(): void {\nthis.other(); }\nother(): void {\nNativeMath.sin(JSMath.sin(1)); }", 5],
    [
      "in a getter that a method reads",
      "get x(): f64 {\nreturn JSMath.random(); }\nonLog(): void { log.info(this.x.toString()); }",
      3,
    ],
  ])("%s", async (_name, members, line) => {
    expect(await diagnosticsOf(`${HEAD}@filter("a") class A extends HttpFilter { ${members} }`)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^assembly/index.ts:${line} the import "env.Math.\\w+" is not known to proxies: .*; this leads to it$`,
        ),
      ),
    ]);
  });

  test("at the top level of a file", async () => {
    const text = `${HEAD}\nconst x = 1;\nconst y = JSMath.sin(x);\n@filter("a") class A extends HttpFilter { onLog(): void { log.info(y.toString()); } }`;
    expect((await diagnosticsOf(text))[0]).toMatch(
      /^assembly\/index.ts:4 the import "env.Math.sin" .*; this leads to it$/,
    );
  });
});

describe("what calls the proxy while the module starts is refused", () => {
  const FILTER = '\n@filter("a") class A extends HttpFilter { onLog(): void { log.info(x.toString()); } }';

  test.each([
    ["Date.now", "const x = Date.now();", 2, "proxy_get_current_time_nanoseconds"],
    ["Math.random", "const x =\n  Math.random();", 3, "proxy_get_current_time_nanoseconds"],
    ["a level of the log", 'let x = 1;\nlog.info("started");', 3, "proxy_get_log_level"],
    ["a property", 'const x = properties.getString("xds.cluster_name") !== null;', 2, "proxy_get_property"],
    ["a static field", "class B {\n  static at: i64 = Date.now();\n}\nconst x = B.at;", 3, "proxy_get_current_time"],
    ["a function of one's own", "function now(): i64 { return Date.now(); }\nconst x = now();", 3, "proxy_get_current"],
    ["a constructor", "class B { at: i64 = Date.now(); }\nconst x = new B().at;", 3, "proxy_get_current"],
    ["a block", "let x = 1;\nif (x) {\n  x = <i32>Date.now();\n}", 4, "proxy_get_current"],
  ])("%s", async (_name, text, line, called) => {
    const head = HEAD.replace("log,", "log, properties,");
    const found = await diagnosticsOf(head + text + FILTER);
    expect(found).toEqual([
      expect.stringContaining(
        `assembly/index.ts:${line} this runs when the module starts, where a proxy allows no call`,
      ),
    ]);
    expect(found[0]).toContain(`it would trap in ${called}`);
  });

  test("while what only makes objects, or writes to the log, is not", async () => {
    const text = `const x = new Map<string, i32>();\nx.set("a", 1);\nconsole.log("started");\nclass B { at: f64 = 0; now(): i64 { return Date.now(); } }\nconst b = new B();`;
    const filter =
      '\n@filter("a") class A extends HttpFilter { onLog(): void { log.info(x.size.toString() + b.now().toString()); } }';
    await expect(compileText(HEAD + text + filter)).resolves.toHaveProperty("wasm");
  });
});
