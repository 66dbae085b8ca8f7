import { expect, test } from "vitest";
import { z } from "zod";
import { compile } from "./compile.ts";
import { compileText, HEAD } from "./testdata/compile.ts";
import { guestFolder } from "./testdata/guest.ts";
import { SmallProxy } from "./testdata/proxy.ts";
import type { JSONSchema } from "./transform/schema.ts";

const FILTER = '@filter("a") class A extends HttpFilter<C> {}';

async function propertiesOf(text: string): Promise<Record<string, JSONSchema>> {
  return (await compileText(`${HEAD}${text}\n${FILTER}`)).facts.schema.properties as Record<string, JSONSchema>;
}

test("a default is what the class is made with, or left out where JSON cannot say it", async () => {
  const properties = await propertiesOf(`@config class C {
    hexadecimal: i32 = 0x10; plus: i32 = +3; minus: f64 = -1.5; not: bool = !true; template: string = \`x\`;
    large: i64 = 9223372036854775807; infinite: f64 = 1e400; computed: i32 = 10 * 60;
  }`);
  const defaults = Object.entries(properties).map(([name, schema]) => [name, schema.default]);
  expect(Object.fromEntries(defaults)).toEqual({
    hexadecimal: 16,
    plus: 3,
    minus: -1.5,
    not: false,
    template: "x",
    large: undefined,
    infinite: undefined,
    computed: 600,
  });
});

test("a default is not told where a constructor may have set another", async () => {
  const properties = await propertiesOf(`@config class Base { b: i32 = 1; }
    @config class L { x: i32 = 1; constructor() { this.x = 5; } }
    @config class C extends Base { c: i32 = 2; l: L = new L(); plain: Base = new Base();
      constructor() { super(); this.b = 3; } }`);
  const defaults = Object.entries(properties).map(([name, schema]) => [name, schema.default]);
  expect(Object.fromEntries(defaults)).toEqual({ b: undefined, c: undefined, l: undefined, plain: undefined });
  expect(properties.plain?.properties).toMatchObject({ b: { default: 1 } });
  expect(properties.l?.properties).not.toMatchObject({ x: { default: 1 } });
});

test("a field's own comment describes it, whatever stands between", async () => {
  const properties = await propertiesOf(`
    /** What all have. */
    @config class L { x: i32 = 1; }
    @config class C {
      /** About a. */
      // and a word to the reader of the source
      a: i32 = 1;
      /** About l. */
      l: L = new L();
    }`);
  expect([properties.a?.description, properties.l?.description]).toEqual(["About a.", "About l."]);
});

test("classes are told apart by where they stand, not by their names", async () => {
  const { facts, wasm } = await compile(
    await guestFolder({
      "assembly/other.ts": `${HEAD}@config export class C { z: i32 = 1; }`,
      "assembly/index.ts": `import { C as Other } from "./other";
        import { HttpFilter as Base, config, filter } from "@asmfilter/sdk";
        @config class C { other: Other = new Other(); }
        class HttpFilter extends Base<C> {}
        @filter("a") class A extends HttpFilter {}`,
    }),
  );
  expect(facts.schema.properties).toMatchObject({ other: { properties: { z: { type: "integer" } } } });
  expect(new SmallProxy(wasm).configure({ other: { z: 2 } })).toBe(true);
  const named = await compileText(
    `${HEAD}@config class NoConfig { x: i32 = 1; } @filter("a") class A extends HttpFilter<NoConfig> {}`,
  );
  expect(named.facts.schema.properties).toHaveProperty("x");
});

test("filters that take different parameters have a schema that admits what either takes", async () => {
  const { facts } = await compileText(`${HEAD}
    @config class C { x: i32 = 1; } @config class D { y: i32 = 1; }
    @filter("a") class A extends HttpFilter<C> {} @filter("b") class B extends HttpFilter<D> {}`);
  expect(facts.schema.anyOf).toMatchObject([{ "x-rootIDs": ["a"] }, { "x-rootIDs": ["b"] }]);
  const schema = z.fromJSONSchema(facts.schema);
  expect([{ x: 1 }, { y: 1 }, { z: 1 }].map((value) => schema.safeParse(value).success)).toEqual([true, true, false]);
});

/** Random numbers that one seed repeats (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below;
  };
}

test("what the schema admits the decoder reads, and what it refuses the decoder refuses", async () => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
  const random = randomFrom(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random(values.length))]!;
  const { facts, wasm } = await compileText(`${HEAD}
    @config class L { max: u8 = 1; names: string[] = []; }
    @config class C {
      mode!: string; on: bool = true; small: i8 = 0; offset: i16 = 0; n: i32 = 0; u: u32 = 0; big: i64 = 0; ubig: u64 = 0;
      single: f32 = 0; ratio: f64 = 0; note: string | null = null; limit: L | null = null; limits: L[][] = [];
    }
    ${FILTER}`);
  const schema = z.fromJSONSchema(facts.schema);
  const scalars = [
    0,
    -0,
    1,
    -1,
    0.5,
    127,
    128,
    -129,
    255,
    256,
    65536,
    2 ** 31,
    2 ** 32,
    -(2 ** 31),
    2 ** 53 - 1,
    1e-7,
    3.4e38,
    -3.5e38,
    1e300,
  ];
  const leaf = () => pick<unknown>(["", 'é😀\n"', true, false, null, Math.trunc(random(600)) - 300, ...scalars]);
  const list = (item: () => unknown) => Array.from({ length: random(3) }, item);
  const limit = (): unknown =>
    random(8) < 1
      ? leaf()
      : Object.fromEntries(
          list(() =>
            pick([
              ["max", leaf()],
              ["names", list(() => "n")],
              ["odd", 1],
            ]),
          ) as never[],
        );
  const fields = Object.keys(facts.schema.properties as object);
  const fieldOf = (name: string): unknown =>
    name === "limit" ? limit() : name === "limits" ? list(() => list(limit)) : random(8) < 1 ? limit() : leaf();
  const seen = { admitted: 0, refused: 0 };
  for (let i = 0; i < 4000; i++) {
    const names = [random(10) < 1 ? "odd" : "mode", ...list(() => pick(fields))] as string[];
    const value = Object.fromEntries(
      names.map((name) => [name, name === "mode" && random(9) > 1 ? "m" : fieldOf(name)]),
    );
    const { success } = schema.safeParse(value);
    seen[success ? "admitted" : "refused"]++;
    const read = new SmallProxy(wasm).configure(value);
    expect(read, `SEED=${seed} ${JSON.stringify(value)}`).toBe(success);
  }
  expect(Math.min(seen.admitted, seen.refused)).toBeGreaterThan(200);
});
