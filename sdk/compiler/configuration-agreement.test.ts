import { expect, test } from "vitest";
import { problemOf } from "./examples.ts";
import { SmallProxy } from "./testdata/proxy.ts";
import { Random } from "./testdata/seeded.ts";
import { compileGuest } from "./testdata/sources.ts";

const CONFIG = `
  import { additionalProperties, Duration, maximum, maxItems, maxLength, maxProperties, minimum, minItems, minLength,
    oneOf, pattern, Routes, SECOND, secret } from "@asmfilter/sdk";
  enum Mode { observe, enforce = 5, off = 1 << 3 }
  @config class Inner { rate: u32 = 1; @secret token: string | null = null; }
  @config @additionalProperties class Open { x: u8 = 0; }
  @config class Rule { n: i32 = 0; @minLength(1) s: string = "x"; }
  @config class Config {
    mode: Mode = Mode.enforce;
    nested: Map<string, Map<string, Inner[]>> = new Map();
    @oneOf("GET", "P") method: string = "GET";
    @minimum("1s") @maximum("1h") timeout: Duration = 90 * SECOND;
    waits: Duration[] = [250];
    @secret @minLength(2) keys: Map<string, string> = new Map();
    @minimum(0.5) @maximum(100) ratio: f64 = 1.5;
    @minimum(-0.1) @maximum(1e20) single: f32 = 1.5;
    @minItems(1) @maxItems(2) lists: i32[][] = [[]];
    @maxProperties(1) @maximum(9) counts: Map<string, u32> = new Map();
    @pattern("^x-[^a\\\\d]+$") @maxLength(5) headers: string[] = ["x-b"];
    @pattern("é|^😀$") any: string | null = null;
    open: Open = new Open();
    f: f32 = 0;
    inner: Inner | null = null;
    @maxItems(3) rules: Routes<Rule> = new Routes<Rule>();
  }
  @filter("a") class A extends HttpFilter<Config> {}`;

// biome-ignore format: a table
const TEXTS = [
  "", "a", "x-b", "x-a", "x-é", "x-bcdef", "😀", "a😀", "é", "GET", "P", "off", "1s", "0s", "59m", "1h", "1h1ms", "61m", "999ms",
  "899h", "900h", "1s1h", "/", "/a", "a/", "*.b", "b", "b:80", "b.", "*.", "..", "[::1]", "[]", "[g]", "/?", "/é", "é.b", " ",
  "__proto__", "constructor", "\u0000", "\n", "\\", '"', "\ud83d",
];
// biome-ignore format: a table
const NUMBERS = [
  0, -0, 1, -1, 0.5, 0.4999999999999999, 100, 100.00000000000001, -0.1, 9, 10, 255, 256, 2 ** 31, -(2 ** 31), 2 ** 32, 1e20,
  1.1e20, 3.4e38, 3.41e38, 1e300, 5e-324, 1e-7,
];

/** Makes values that a field of the class takes, and some that it nearly takes. */
function fieldsFrom(random: Random): Record<string, () => unknown> {
  const pick = <T>(values: readonly T[]): T => values[random.below(values.length)]!;
  const list = <T>(make: () => T): T[] => Array.from({ length: random.below(4) }, make);
  const map = (make: () => unknown) =>
    Object.fromEntries(list(() => [pick(["a", "b", "__proto__", "", "c.d"]), make()]));
  const text = () => pick(TEXTS);
  const number = () => pick(NUMBERS);
  const any = () => pick([text, number, () => pick([true, false, null]), () => [], () => ({})])();
  const inner = () => pick<object>([{}, { rate: number() }, { token: text() }, { x: 1 }]);
  const match = () => ({
    ...(random.percent(70) && { hosts: list(text) }),
    ...(random.percent(50) && { paths: list(text) }),
  });
  const rule = () => ({ n: random.below(9), match: match(), ...(random.percent(30) && { s: text() }) });
  // biome-ignore format: a table
  return {
    mode: () => pick(["off", "observe", "x"]), nested: () => map(() => map(() => list(inner))), method: text, timeout: text,
    waits: () => list(text), keys: () => map(text), ratio: number, single: number, lists: () => list(() => list(number)),
    counts: () => map(number), headers: () => list(text), any: text, open: () => ({ x: pick([1, 255, 256]), y: any() }),
    f: number, inner: () => pick([null, inner()]), rules: () => list(rule), odd: any, constructor: any,
  };
}

test("what a deployment is checked by and what the filter reads agree, whatever the fields are decorated with", async () => {
  const { wasm, facts } = await compileGuest(CONFIG);
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
  const random = new Random(seed);
  const fields = fieldsFrom(random);
  const names = Object.keys(fields);
  const seen = { fit: 0, refused: 0 };
  for (let i = 0; i < 4000; i++) {
    const chosen = Array.from({ length: 1 + random.below(2) }, () => names[random.below(names.length)]!);
    const of = (name: string) => fields[random.percent(90) ? name : "odd"]!();
    const text = JSON.stringify(Object.fromEntries(chosen.map((name) => [name, of(name)])));
    const problem = problemOf(facts.schema, JSON.parse(text));
    const proxy = new SmallProxy(wasm);
    const isRead = proxy.configure(text);
    // That two rules are for one request no schema can say.
    if (!isRead && proxy.logs.join().includes("matches the same host and path")) continue;
    seen[problem === undefined ? "fit" : "refused"]++;
    expect(isRead, `SEED=${seed} ${text} ${problem} ${proxy.logs}`).toBe(problem === undefined);
  }
  expect(Math.min(seen.fit, seen.refused)).toBeGreaterThan(500);
});
