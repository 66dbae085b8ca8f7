import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { SmallProxy } from "./testdata/proxy.ts";
import { compileGuest, proxyOf } from "./testdata/sources.ts";

/** More levels than the reader keeps a path for. */
const LEVELS = 40;
const CLASSES = Array.from({ length: LEVELS }, (_, i) => `@config class C${i + 1} { in: C${i} = new C${i}(); }`);

let wasm: Uint8Array;
let proxy: SmallProxy;

beforeAll(async () => {
  ({ wasm } = await compileGuest(`
    @config class C0 {}
    ${CLASSES.join("\n")}
    @config class Config {
      text: string = "default";
      wide: f64 = 0;
      narrow: f32 = 0;
      count: i32 = 0;
      list: i32[][] = [];
      deep: C${LEVELS} = new C${LEVELS}();
    }
    @filter("a") class A extends HttpFilter<Config> {
      onRequestHeaders(headers: Headers, endOfStream: bool): Action {
        headers.set("x-text", this.config.text);
        headers.set("x-wide", reinterpret<u64>(this.config.wide).toString());
        headers.set("x-narrow", reinterpret<u32>(this.config.narrow).toString());
        return Action.Continue;
      }
    }`));
});

beforeEach(() => {
  proxy = new SmallProxy(wasm);
});

/** What the filter sees under `header` of the next stream. */
function seen(header: string, id = 2): string | undefined {
  proxy.request(id, []);
  return proxy.header(header);
}

function reconfigure(json: string): boolean {
  proxy.buffers[7] = new TextEncoder().encode(json);
  return proxy.call("proxy_on_configure", 1, json.length) !== 0;
}

test("a configuration that is refused leaves the one in force", () => {
  expect(proxy.configure({ text: "one" })).toBe(true);
  expect(reconfigure('{"text":"half","count":"bad"}')).toBe(false);
  expect(seen("x-text")).toBe("one");
  expect(reconfigure('{"text":"two"}')).toBe(true);
  expect(seen("x-text", 3)).toBe("two");
});

describe("a refusal names no place that this configuration does not have", () => {
  test("in the first configuration", () => {
    expect(proxy.configure("{,}")).toBe(false);
    expect(proxy.logs).toEqual(["4 configuration: malformed JSON"]);
  });

  test("after another, whose text is gone", () => {
    expect(proxy.configure({ text: "secret".repeat(1000) })).toBe(true);
    expect(reconfigure("{,}")).toBe(false);
    expect(proxy.logs).toEqual(["4 configuration: malformed JSON"]);
  });

  test("in a list, whose index is 0 again", () => {
    expect(proxy.configure('{"list":[[],[],["x"]]}')).toBe(false);
    expect(reconfigure('{"list":["x"]}')).toBe(false);
    expect(proxy.logs).toEqual([
      "4 configuration: list[2][0]: expected an integer from -2147483648 to 2147483647",
      "4 configuration: list[0]: expected a list",
    ]);
  });
});

test("what is nested deeper than the reader's path is refused, and breaks nothing", () => {
  const deep = `${'{"in":'.repeat(LEVELS)}{}${"}".repeat(LEVELS)}`;
  expect(proxy.configure(`{"deep":${deep}}`)).toBe(false);
  expect(proxy.logs).toEqual([`4 configuration: deep${".in".repeat(31)}: nested too deep`]);
  expect(reconfigure('{"text":"after"}')).toBe(true);
  expect(seen("x-text")).toBe("after");
});

describe("floating point numbers", () => {
  const bits = (value: number) => new BigUint64Array(Float64Array.of(value).buffer)[0];

  test.each([
    "0",
    "-0",
    "0.1",
    "1e22",
    "123456789012345",
    "9007199254740991",
    "1.7976931348623157e308",
    "2.2250738585072014e-308",
    "5e-324",
    "1e-400",
    "0.1e-100",
    "123456789012345678e-320",
    "1e23",
    "8.41e21",
    "0.000000000000000000000000000000000000000000001",
    "12345678901234567890123456789012345678901234567890",
  ])("%s is read as the nearest double", (number) => {
    expect(proxy.configure(`{"wide":${number}}`)).toBe(true);
    expect(seen("x-wide")).toBe(bits(Number(number))?.toString());
  });

  test("any double is read as the nearest to what is written", () => {
    let seed = 1;
    const random = () => {
      seed = (seed * 48271) % 0x7fffffff;
      return seed;
    };
    proxy.configure({});
    for (let i = 0; i < 2000; i++) {
      const number = `${random()}${random() % 1000}.${random()}e${(random() % 640) - 330}`;
      const value = Number(number);
      if (!Number.isFinite(value)) continue;
      expect(reconfigure(`{"wide":${number}}`), number).toBe(true);
      const found = seen("x-wide", i + 2);
      proxy.end(i + 2);
      expect(found, number).toBe(bits(value)?.toString());
    }
  });

  test("an f32 is the nearest one", () => {
    expect(proxy.configure('{"narrow":3.4028234e38}')).toBe(true);
    expect(seen("x-narrow")).toBe(new Uint32Array(Float32Array.of(3.4028234e38).buffer)[0]?.toString());
  });

  test.each([
    ['{"wide":1e400}', "wide: expected a number of 64 bits"],
    ['{"wide":-1e99999999999}', "wide: expected a number of 64 bits"],
    ['{"narrow":1e300}', "narrow: expected a number of 32 bits"],
  ])("%s is refused, not read as infinite", (json, reason) => {
    expect(proxy.configure(json)).toBe(false);
    expect(proxy.logs).toEqual([`4 configuration: ${reason}`]);
  });
});

describe("what is not JSON is refused", () => {
  test.each([
    '{"wide":- 5}',
    '{"count":01}',
    '{"count":-01}',
    '{"wide":1.}',
    '{"wide":.5}',
    '{"wide":1e}',
    '{"wide":1e+}',
    '{"wide":+1}',
    '{"wide":0x10}',
    '{"text":"a\nb"}',
    '{"text":"a\u0000b"}',
    '{"text":"a\\',
    '{"text":"a\\u12',
    '{"text":"a"}\u0000',
    '{"text":"a"}\u000b',
    '\u0001{"text":"a"}',
  ])("%j", (json) => {
    expect(() => JSON.parse(json)).toThrow();
    expect(proxy.configure(json)).toBe(false);
  });

  test.each(['\t\r\n {"wide":-0.0e-0}\n', '{"count":0}', '{"count":-0}', '{"text":"\\"\\\\\\/\\b\\f\\n\\r\\t"}'])(
    "but %j is",
    (json) => {
      JSON.parse(json);
      expect(proxy.configure(json)).toBe(true);
    },
  );
});

test("a root that is not done keeps the proxy waiting until it says so", async () => {
  proxy = await proxyOf(`
    @root("a") class Root extends RootContext {
      onDone(): bool { return false; }
      onTick(): void { this.done(); }
    }`);
  proxy.configure(undefined);
  expect(proxy.call("proxy_on_done", 1)).toBe(0);
  expect(proxy.done).toBe(0);
  proxy.call("proxy_on_tick", 1);
  expect(proxy.done).toBe(1);
});

describe("the configuration of the VM", () => {
  beforeAll(async () => {
    ({ wasm } = await compileGuest(`
      import { vmConfiguration } from "@asmfilter/sdk";
      @config class Config {}
      @filter("a") class A extends HttpFilter<Config> {
        onRequestHeaders(headers: Headers, endOfStream: bool): Action {
          const text = vmConfiguration();
          headers.set("x-text", text === null ? "(null)" : text);
          return Action.Continue;
        }
      }`));
  });

  test("is a text of any form, beside the plugin's own", () => {
    proxy.buffers[6] = new TextEncoder().encode("zone: Zürich");
    expect(proxy.configure({})).toBe(true);
    expect(seen("x-text")).toBe("zone: Zürich");
  });

  test.each([undefined, new Uint8Array(0)])("is null where there is none", (none) => {
    if (none) proxy.buffers[6] = none;
    expect(proxy.configure({})).toBe(true);
    expect(seen("x-text")).toBe("(null)");
  });
});
