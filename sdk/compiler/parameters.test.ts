import { beforeAll, describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { diagnosticsOf } from "./testdata/compile.ts";
import { guestFolder } from "./testdata/guest.ts";
import { SmallProxy } from "./testdata/proxy.ts";
import { compileGuest } from "./testdata/sources.ts";
import type { JSONSchema } from "./transform/schema.ts";

const MORE = `import { additionalProperties, Duration, HOUR, maximum, maxItems, maxLength, maxProperties, minimum, minItems,
  minLength, minProperties, MINUTE, oneOf, pattern, SECOND, secret } from "@asmfilter/sdk";\n`;

let wasm: Uint8Array;
let properties: Record<string, JSONSchema>;

beforeAll(async () => {
  const compilation = await compileGuest(`${MORE}
    const LIMIT = 60;
    enum Mode { observe, enforce = 5, off = 1 << 3 }
    type Modes = Mode[];
    @config class Inner { rate: u32 = LIMIT * 10; @secret token: string | null = null; }
    @config class Base { @minLength(1) @maxLength(5) name: string = "x"; }
    @config @additionalProperties class Open { x: u8 = 0; }
    @config class Config extends Base {
      mode: Mode = Mode.enforce;
      modes: Modes = [Mode.off];
      labels: Map<string, string> = new Map();
      nested: Map<string, Map<string, Inner[]>> = new Map();
      @oneOf("GET", "P") method: string = "GET";
      @minimum("1s") @maximum("1h") timeout: Duration = 90 * SECOND;
      waits: Duration[] = [250, MINUTE, 2 * HOUR + 1];
      @secret key: string = "hunter2";
      @secret @minLength(8) keys: Map<string, string> = new Map();
      @secret inner: Inner = new Inner();
      @minimum(0.5) @maximum(100) ratio: f64 = 1.5;
      @minimum(-1e19) @maximum(1e20) large: f32 = 0;
      @minimum(-3) signed: i8 = 0;
      @minItems(1) @maxItems(2) lists: i32[][] = [[]];
      @maxProperties(1) @maximum(9) counts: Map<string, u32> = new Map();
      @pattern("^x-[a-z]+$") headers: string[] = ["x-a"];
      @oneOf("a,", "b,") comma: string = "a,";
      @pattern("é|^😀$") any: string | null = null;
      open: Open = new Open();
      plain: Inner = new Inner();
    }
    @filter("a") class A extends HttpFilter<Config> {
      onRequestHeaders(headers: Headers, endOfStream: bool): Action {
        const c = this.config;
        headers.set("x-mode", c.mode.toString() + " " + c.modes.join(","));
        headers.set("x-labels", c.labels.keys().join(",") + " " + c.labels.values().join(","));
        headers.set("x-nested", c.nested.has("a") ? c.nested.get("a").get("b")[0].rate.toString() : "none");
        headers.set("x-time", c.timeout.toString() + " " + c.waits.join(","));
        return Action.Continue;
      }
    }`);
  expect(compilation.warnings).toEqual([]);
  ({ wasm } = compilation);
  properties = compilation.facts.schema.properties as typeof properties;
});

/** What the filter logs of a configuration that it refuses; undefined where it does not. */
function refusal(configuration: unknown): string | undefined {
  const proxy = new SmallProxy(wasm);
  return proxy.configure(configuration) ? undefined : proxy.logs.join("\n").replace("4 configuration: ", "");
}

function seen(configuration: unknown, header: string): string | undefined {
  const proxy = new SmallProxy(wasm);
  expect(proxy.configure(configuration), proxy.logs.join()).toBe(true);
  proxy.request(2, []);
  return proxy.header(header);
}

test("an enum's members are named in the configuration, whatever numbers they have", () => {
  expect(seen({}, "x-mode")).toBe("5 8");
  expect(seen({ mode: "off", modes: ["observe", "enforce"] }, "x-mode")).toBe("8 0,5");
});

test("a map has any keys, and values of any kind", () => {
  expect(seen({ labels: { "a b": "c", "": "d" } }, "x-labels")).toBe("a b, c,d");
  expect(seen({ nested: { a: { b: [{ rate: 7 }] } } }, "x-nested")).toBe("7");
});

test("a duration is milliseconds", () => {
  expect(seen({}, "x-time")).toBe("90000 250,60000,7200001");
  expect(seen({ timeout: "1m1s1ms", waits: ["899h9999m99999s99999999ms", "0s"] }, "x-time")).toBe(
    "61001 3936278999,0".replace("3936278999", String(899 * 3_600_000 + 9999 * 60_000 + 99_999_000 + 99_999_999)),
  );
});

describe("a value that a field does not take is refused with its path and what was expected", () => {
  test.each<[string, unknown]>([
    ["mode: expected one of observe, enforce, off", { mode: "of" }],
    ["mode: expected one of observe, enforce, off", { mode: "observe, enforce" }],
    ["mode: expected one of observe, enforce, off", { mode: "" }],
    ["mode: expected one of observe, enforce, off", { mode: 5 }],
    ["modes[1]: expected one of observe, enforce, off", { modes: ["off", null] }],
    ["labels.a: expected a string", { labels: { a: 1 } }],
    ["labels: expected an object", { labels: [] }],
    ["nested.a.b[0].rates: unknown field, expected one of rate, token", { nested: { a: { b: [{ rates: 1 }] } } }],
    ["method: expected one of GET, P", { method: "POST" }],
    ["comma: expected one of a,, b,", { comma: "b" }],
    ["name: expected 1 to 5 characters", { name: "" }],
    ["name: expected 1 to 5 characters", { name: "😀😀😀😀😀é" }],
    ["timeout: expected a duration from 1s to 1h", { timeout: "999ms" }],
    ["timeout: expected a duration from 1s to 1h", { timeout: "1h1ms" }],
    ["ratio: expected a number from 0.5 to 100", { ratio: 0.25 }],
    ["large: expected a number from -10000000000000000000 to 100000000000000000000", { large: 1.1e20 }],
    ["signed: expected an integer of at least -3", { signed: -4 }],
    ["lists: expected 1 to 2 elements", { lists: [] }],
    ["counts: expected at most 1 entries", { counts: { a: 1, b: 2 } }],
    ["counts.a: expected an integer of at most 9", { counts: { a: 10 } }],
    ["headers[1]: expected text that matches ^x-[a-z]+$", { headers: ["x-a", "x-"] }],
    ["any: expected text that matches é|^😀$", { any: "😀😀" }],
    ["more: unknown field, expected one of name, mode, modes", { more: 1 }],
  ])("%s", (expected, configuration) => {
    expect(refusal(configuration)).toContain(expected);
  });

  test.each([
    "",
    "s",
    "5",
    "5 s",
    "1s1m",
    "1s1s",
    "-1s",
    "1.5s",
    "1d",
    "900h",
    "10000m",
    "100000s",
    "100000000ms",
    "1S",
  ])("%j as a duration", (text) => {
    expect(refusal({ waits: [text] })).toBe("waits[0]: expected a duration, such as 1m30s or 250ms");
  });

  test.each<object>([
    { name: "😀😀😀😀😀" },
    { name: "ééééé" },
    { lists: [[1, 2, 3], []] },
    { any: null },
    { any: "caféx" },
    { ratio: 0.5, signed: -3, timeout: "1h" },
  ])("but %j is taken", (configuration) => {
    expect(refusal(configuration)).toBeUndefined();
  });
});

describe("a field that the class does not have", () => {
  test.each<[unknown, string | undefined]>([
    [{ open: { y: [1, -2.5e3, { a: [true, null], "": "x" }, {}, []], x: 3 } }, undefined],
    ['{"open":{"y":[1,]}}', "malformed JSON"],
    ['{"open":{"y":{"a"}}}', "malformed JSON"],
    ['{"open":{"y":{a:1}}}', "malformed JSON"],
    ['{"open":{"y":tru}}', "malformed JSON"],
    ['{"open":{"y":01}}', "malformed JSON"],
    [`{"open":{"y":${"[".repeat(40)}${"]".repeat(40)}}}`, "nested too deep"],
    [{ open: { y: 1, x: 256 } }, "open.x: expected an integer from 0 to 255"],
  ])("is passed over where the class allows it, but has to be JSON: %j", (configuration, expected) => {
    const found = refusal(configuration);
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(expected);
  });
});

describe("of a secret nothing is told", () => {
  test.each<[unknown, string]>([
    [{ key: 4711 }, "key: expected a string"],
    [{ keys: { alice: "short" } }, "keys: expected at least 8 characters"],
    [{ keys: { alice: {} } }, "keys: expected a string"],
    [{ inner: { rate: "hunter2" } }, "inner: expected an integer from 0 to 4294967295"],
    [{ inner: { hunter2: 1 } }, "inner: unknown field, expected one of rate, token"],
    [{ inner: { token: [] } }, "inner: expected a string"],
  ])("where %j is refused", (configuration, expected) => {
    expect(refusal(configuration)).toBe(expected);
  });

  test("and what comes after is told in full", () => {
    expect(refusal({ keys: { a: "long enough" }, inner: { token: "t" }, plain: { token: [] } })).toBe(
      "plain.token: expected a string",
    );
    const proxy = new SmallProxy(wasm);
    expect(proxy.configure({ keys: { alice: "short" } })).toBe(false);
    proxy.buffers[7] = new TextEncoder().encode('{"plain":{"rate":-1}}');
    expect(proxy.call("proxy_on_configure", 1, 21)).toBe(0);
    expect(proxy.logs[1]).toContain("plain.rate: ");
  });
});

test("the schema says it all", () => {
  expect(properties).toMatchObject({
    name: { type: "string", minLength: 1, maxLength: 5, default: "x" },
    mode: { type: "string", enum: ["observe", "enforce", "off"], default: "enforce" },
    modes: { items: { enum: ["observe", "enforce", "off"] }, default: ["off"] },
    labels: { type: "object", additionalProperties: { type: "string" }, default: {} },
    nested: { additionalProperties: { additionalProperties: { items: { additionalProperties: false } } } },
    method: { enum: ["GET", "P"], default: "GET" },
    timeout: { type: "string", default: "1m30s", "x-durationMinimum": "1s", "x-durationMaximum": "1h" },
    waits: { items: { type: "string" }, default: ["250ms", "1m", "2h1ms"] },
    ratio: { minimum: 0.5, maximum: 100 },
    signed: { minimum: -3, maximum: 127 },
    lists: { minItems: 1, maxItems: 2, items: { type: "array", items: { type: "integer" } } },
    counts: { maxProperties: 1, additionalProperties: { minimum: 0, maximum: 9 } },
    headers: { items: { pattern: "^x-[a-z]+$" }, default: ["x-a"] },
    any: { type: ["string", "null"], pattern: "é|^😀$", default: null },
    open: { additionalProperties: true, default: { x: 0 } },
    key: { type: "string", format: "password", writeOnly: true },
    keys: { writeOnly: true, additionalProperties: { minLength: 8 } },
    inner: { writeOnly: true, properties: { token: { writeOnly: true } } },
  });
  expect(properties.lists?.items).not.toHaveProperty("minItems");
  expect(JSON.stringify(properties)).not.toContain("hunter2");
  for (const name of ["key", "keys", "inner"]) expect(properties[name]).not.toHaveProperty("default");
});

const USE = '@filter("a") class A extends HttpFilter<C> {}';

test.each([
  ['@minimum(1) x: string = "";', '@minimum is for numbers and durations, and "x" has none'],
  ["@minItems(1) x: Map<string, i32> = new Map();", '@minItems is for lists, and "x" has none'],
  ["@minimum(1) @minimum(2) x: i32 = 3;", "@minimum stands there already"],
  ["@minimum(4) @maximum(3) x!: i32;", 'nothing fits "x": @minimum is more than @maximum'],
  ["@minimum(256) x: u8 = 3;", "@minimum leaves nothing of the type u8"],
  ["@minimum(1.5) x: u8 = 3;", "@minimum takes an integer here"],
  ["@minimum(5) x: i32 = 3;", 'the default of "x" is 3, which @minimum forbids'],
  ['@minimum("5") x: Duration = SECOND;', '@minimum takes a duration, as "1m30s"'],
  ['@maximum("1s") x: Duration = 2 * SECOND;', 'the default of "x" is 2s, which @maximum forbids'],
  ["@maxItems(1) x: i32[] = [1, 2];", 'the default of "x" is a list of 2, which @minItems or @maxItems forbids'],
  ['@pattern("(?=a)") x: string = "";', "@pattern cannot be checked by the filter: it looks ahead or behind"],
  ['@pattern("a") x: string = "";', 'the default of "x" is "", which @pattern forbids'],
  ['@secret @minLength(9) x: string = "hunter2";', 'the default of "x" is a text, which @minLength forbids'],
  ['@oneOf("a", "a") x: string = "a";', "@oneOf names one text twice"],
  ['@oneOf("a, b") x: string = "a, b";', '@oneOf takes no text with ", " in it'],
  ['@minLength(-1) x: string = "";', "@minLength takes a count"],
  ["x: Map<i32, string> = new Map();", 'the configuration field "x" must be'],
])("%s is refused on its line", async (field, expected) => {
  const head = `import { config, filter, HttpFilter } from "@asmfilter/sdk"; ${MORE.replace("\n", " ")}`;
  const found = [...new Set(await diagnosticsOf(`${head}\n@config class C {\n${field}\n}\n${USE}`))];
  expect(found).toEqual([expect.stringContaining(`assembly/index.ts:${head.split("\n").length + 2} ${expected}`)]);
});

test("decorators of fields mean nothing outside of @config", async () => {
  const head = `import { filter, HttpFilter, secret } from "@asmfilter/sdk";`;
  const found = await diagnosticsOf(`${head}\n@filter("a") class A extends HttpFilter {\n@secret x: string = ""; }`);
  expect(found).toEqual(["assembly/index.ts:3 @secret belongs on a field of a @config class"]);
});

test("classes, enums, aliases and constants may be of another file", async () => {
  const { wasm, facts } = await compile(
    await guestFolder({
      "assembly/other.ts": `import { config, Duration, Routes, SECOND } from "@asmfilter/sdk";
        export enum Mode { a, b = 4 }
        export type Modes = Mode[];
        export const WAIT = 3;
        @config export class Inner { m: Mode = Mode.b; wait: Duration = WAIT * SECOND; }
        @config export class Base { inners: Map<string, Inner[]> = new Map(); rules: Routes<Inner> = new Routes<Inner>(); }`,
      "assembly/index.ts": `import { Action, config, filter, Headers, HttpFilter } from "@asmfilter/sdk";
        import { Base, Inner as Renamed, Mode as M, Modes, WAIT } from "./other";
        @config class C extends Base {
          modes: Map<string, Modes> = new Map(); m: M = M.b; one: Renamed | null = null; n: i32 = WAIT;
        }
        @filter("a") class A extends HttpFilter<C> {
          onRequestHeaders(headers: Headers, endOfStream: bool): Action {
            const c = this.config;
            const inner = c.inners.get("x")[0];
            headers.set("x-all", [c.m.toString(), c.modes.get("k").join("+"), inner.m.toString(), inner.wait.toString(),
              c.rules.length.toString()].join(" "));
            return Action.Continue;
          }
        }`,
    }),
  );
  expect(facts.schema.properties).toMatchObject({
    n: { default: 3 },
    m: { enum: ["a", "b"], default: "b" },
    rules: { items: { properties: { wait: { default: "3s" } } } },
  });
  const proxy = new SmallProxy(wasm);
  expect(proxy.configure({ modes: { k: ["a", "b"] }, inners: { x: [{ m: "a" }] }, rules: [{}], one: {} })).toBe(true);
  proxy.request(2, []);
  expect(proxy.header("x-all")).toBe("4 0+4 0 3000 1");
}, 60_000);
