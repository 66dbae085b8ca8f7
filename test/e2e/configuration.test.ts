import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "@asmfilter/sdk/compiler";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkParameters } from "../../controller/src/render/index.ts";
import { SmallProxy } from "../../sdk/compiler/testdata/proxy.ts";

// What refuses parameters at deployment, the controller by the schema, and what refuses them in the proxy, the decoder
// in the filter, are made from the same classes: they have to be of one mind.

const SOURCE = `
  import {
    additionalProperties, config, Duration, filter, HttpFilter, maximum, maxItems, maxLength, maxProperties, minimum,
    minItems, minLength, minProperties, oneOf, pattern, Routes, SECOND, secret,
  } from "@asmfilter/sdk";

  enum Mode { observe, enforce = 7 }
  @config class Base { @minLength(1) @maxLength(3) short: string = "a"; ratio: f64 = 0; }
  @config @additionalProperties class Open { x: u8 = 0; words: string[] = []; }
  @config class Limits extends Base { @minimum(1) @maximum(9) rate!: u32; mode: Mode = Mode.observe; }
  @config class Config extends Base {
    mode: Mode = Mode.enforce;
    modes: Mode[][] = [];
    @oneOf("GET", "") method: string | null = null;
    @pattern("^x-[a-z0-9]*$|é") header: string = "x-a";
    @maximum(2) @minProperties(1) @maxProperties(2) counts: Map<string, f64> = new Map();
    @minimum("1s") @maximum("1h") timeout: Duration = SECOND;
    @minItems(1) @maxItems(2) waits: Duration[] = [1];
    @secret @minLength(2) keys: Map<string, string> = new Map();
    open: Open = new Open();
    opens: Map<string, Open | null> = new Map();
    limits: Routes<Limits> = new Routes<Limits>();
  }
  @filter("a") class A extends HttpFilter<Config> {}
`;

type Schema = { [keyword: string]: unknown };

let folder: string;
let schema: Schema;
let wasm: Uint8Array;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "asmfilter-configuration-"));
  await mkdir(join(folder, "assembly"));
  await writeFile(join(folder, "filter.yaml"), "name: a\nversion: 1.0.0\n");
  await writeFile(join(folder, "assembly", "index.ts"), SOURCE);
  const built = await build({ folder });
  schema = built.config.schema;
  wasm = built.wasm;
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Values for a schema, now and then one that does not fit. */
class Values {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  below(count: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * count);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  of(schema: Schema): unknown {
    if (this.below(60) === 0)
      return this.pick<unknown>([null, true, 0, -1, 1e9, 0.5, "", "zz", [], {}, ["a"], { a: 1 }]);
    const types = [schema.type].flat() as string[];
    switch (this.pick(types)) {
      case "null":
        return null;
      case "string":
        return this.#text(schema);
      case "integer":
        return this.pick([0, 1, 5, 9, 10, 255, 256, -1, 1.5, 2 ** 32].slice(0, this.below(8) ? 4 : 10));
      case "number":
        return this.pick([0, 2, 2.5, -1e-7, 1.9999999]);
      case "array":
        return this.#many(() => this.of(schema.items as Schema));
      default:
        return this.#object(schema);
    }
  }

  #many<T>(make: () => T): T[] {
    return Array.from({ length: this.below(4) }, make);
  }

  #text({ enum: choices, pattern }: Schema): string {
    const odd = [
      "",
      "a",
      "😀😀😀",
      "éé",
      "abcd",
      "GET, ",
      "\ud800",
      "x-a1",
      "x-A",
      "*.a.b",
      "b",
      "a:1",
      "[::1]",
      "/a",
      "/a/b/",
    ];
    const durations = [
      "0s",
      "1s",
      "999ms",
      "1h",
      "1h1ms",
      "1s1h",
      "00001m",
      "899h",
      "900h",
      "5",
      "1.5s",
      "99999s",
      "0ms",
    ];
    const fitting = (choices as (string | null)[] | undefined)?.filter((each) => each !== null) ?? [];
    if (fitting.length > 0 && this.below(12)) return this.pick(fitting);
    const candidates = [...odd, ...durations].filter(
      (each) => !pattern || new RegExp(pattern as string, "u").test(each),
    );
    return this.pick(this.below(6) && candidates.length > 0 ? candidates : [...odd, ...durations]);
  }

  #object({ properties = {}, required = [], additionalProperties }: Schema): object {
    const known = Object.entries(properties as Record<string, Schema>);
    const chosen = known.filter(([name]) =>
      (required as string[]).includes(name) ? this.below(20) : this.below(4) === 0,
    );
    const entries = chosen.map(([name, of]): [string, unknown] => [name, this.of(of)]);
    if (this.below(known.length > 0 ? 25 : 1) === 0) {
      const inner =
        typeof additionalProperties === "object"
          ? (additionalProperties as Schema)
          : { type: ["array", "number"], items: { type: "null" } };
      entries.push(...this.#many((): [string, unknown] => [this.pick(["k", "", "é/~%", "2"]), this.of(inner)]));
    }
    return Object.fromEntries(entries);
  }
}

test("what the controller admits the filter reads, and what it refuses the filter refuses", () => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
  const values = new Values(seed);
  const seen = { admitted: 0, refused: 0, ties: 0 };
  for (let i = 0; i < 1500; i++) {
    const text = JSON.stringify(values.of(schema));
    const problems = checkParameters(schema, text);
    const proxy = new SmallProxy(wasm);
    const isRead = proxy.configure(text);
    const log = proxy.logs.join("\n");
    const message = `SEED=${seed} ${text}\n${log}\n${JSON.stringify(problems)}`;
    // That two rules are for the same requests no JSON Schema can say.
    if (problems.length === 0 && log.includes("matches the same host and path as the rule at")) {
      seen.ties++;
      continue;
    }
    expect(isRead, message).toBe(problems.length === 0);
    seen[isRead ? "admitted" : "refused"]++;
  }
  expect(Math.min(seen.admitted, seen.refused), `SEED=${seed} ${JSON.stringify(seen)}`).toBeGreaterThan(200);
  expect(seen.ties).toBeGreaterThan(0);
}, 60_000);
