import { beforeAll, describe, expect, test } from "vitest";
import { Library } from "./testdata/library.ts";
import { Random } from "./testdata/random.ts";

const GUEST = `
import { JsonFinder, JsonPath, JsonReader, JsonValue, JsonWriter, Token } from "@asmfilter/sdk/json";
import { utf8Bytes } from "@asmfilter/sdk/encoding";

let reader = new JsonReader();
let writer = new JsonWriter();

// Reads tokens, and writes them again; objects are skipped under the key "skip".
export function begin(depth: i32): void { reader = new JsonReader(depth); writer = new JsonWriter(); }
export function again(): void { reader.reset(); writer.reset(); }
export function feed(bytes: Uint8Array): i32 { reader.feed(bytes); return copy(); }
export function finish(): i32 { reader.finish(); return copy(); }
function copy(): i32 {
  let token = reader.next();
  for (; token != Token.More && token < Token.End; token = reader.next()) {
    if (token == Token.BeginObject) writer.beginObject();
    else if (token == Token.EndObject) writer.endObject();
    else if (token == Token.BeginArray) writer.beginArray();
    else if (token == Token.EndArray) writer.endArray();
    else if (token == Token.String) writer.string(reader.text());
    else if (token == Token.Number) writer.number(reader.number());
    else if (token == Token.True) writer.bool(true);
    else if (token == Token.False) writer.bool(false);
    else if (token == Token.Null) writer.null();
    else if (reader.textIs("skip")) reader.skip();
    else writer.key(reader.text());
  }
  return token;
}
export function written(): Uint8Array | null { return writer.toBytes(); }
export function textAfterFeeding(first: Uint8Array, second: Uint8Array): string {
  const own = new JsonReader();
  let text = own.text();
  own.feed(first);
  text += own.text();
  while (own.next() != Token.More) if (own.token == Token.BeginObject) text += own.text();
  own.feed(second);
  return text + own.text();
}
export function position(): u32 { return reader.position; }
export function expected(): string { return reader.expected(); }

export function parse(text: string): f64 {
  const own = new JsonReader();
  own.feed(utf8Bytes(text));
  own.finish();
  return own.next() == Token.Number ? own.number() : NaN;
}
export function format(value: f64): string { return new JsonWriter().number(value).toText()!; }
export function formatInteger(value: i32): string { return new JsonWriter().integer(i64.MIN_VALUE + value).toText()!; }
export function quote(text: string): string { return new JsonWriter(1).string(text).toText()!; }

let value: JsonValue | null = null;
export function find(path: string, json: Uint8Array): i32 {
  const parsed = JsonPath.parse(path);
  if (parsed === null) return -2;
  value = parsed.find(json);
  return value ? value!.kind : -1;
}
export function findByPieces(path: string, json: Uint8Array, size: i32): i32 {
  const finder = new JsonFinder(JsonPath.parse(path)!);
  for (let at = 0; at < json.length; at += size) finder.feed(json.slice(at, at + size));
  value = finder.finish();
  return value ? value!.kind : -1;
}
export function valueText(): string { return value!.text; }
export function valueNumber(): f64 { return value!.number; }
export function valueStart(): i32 { return value!.start; }
export function valueEnd(): i32 { return value!.end; }

// Misuse of the writer: each letter is a call.
export function misuse(calls: string): string | null {
  const w = new JsonWriter();
  for (let i = 0; i < calls.length; i++) {
    const c = calls.charAt(i);
    if (c == "{") w.beginObject(); else if (c == "}") w.endObject(); else if (c == "[") w.beginArray();
    else if (c == "]") w.endArray(); else if (c == "k") w.key("k"); else w.null();
  }
  return w.toText();
}
`;
const FAILED = 12;

const random = new Random();
const encoder = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What Node makes of the bytes, as compact JSON; undefined if it refuses them. */
function oracle(bytes: Uint8Array): string | undefined {
  try {
    return compact(strict.decode(bytes));
  } catch {
    return undefined;
  }
}

/** The document in compact form with all its members in order, which JSON.stringify(JSON.parse()) does not keep. */
function compact(text: string): string {
  JSON.parse(text);
  return text.replace(/("(?:[^"\\]|\\.)*")|(-?\d[\d.eE+-]*)|\s+/g, (_all, string, number) =>
    string !== undefined
      ? JSON.stringify(JSON.parse(string))
      : number !== undefined
        ? String(JSON.stringify(JSON.parse(number)))
        : "",
  );
}

function read(library: Library, bytes: Uint8Array, cuts: number): string | undefined {
  library.number("again");
  let last = 0;
  for (let i = 0; i < cuts; i++) {
    const next = last + random.below(bytes.length - last + 1);
    library.number("feed", bytes.subarray(last, next));
    last = next;
  }
  library.number("feed", bytes.subarray(last));
  if (library.number("finish") === FAILED) return undefined;
  return strict.decode(library.bytes("written")!);
}

const WORDS = ["true", "false", "null", "0", "-0", "1e5", "-1.5", "0.1E-7", "12345678901234567890", "1e400", "5e-324"];
const TEXTS = [
  '""',
  '"a"',
  '"\\n\\"\\\\\\/\\u00e9"',
  '"é€😀"',
  '"\\ud83d\\ude00"',
  '"\\ud800"',
  '"longer than eight bytes"',
];
const SPACE = ["", "", "", " ", "\n\t\r "];

function document(depth: number): string {
  const space = () => random.pick(SPACE);
  const members = () => Array.from({ length: random.below(4) });
  const kind = depth > 0 ? random.below(4) : random.below(2);
  if (kind === 0) return space() + random.pick(WORDS) + space();
  if (kind === 1) return space() + random.pick(TEXTS) + space();
  if (kind === 2)
    return `${space()}[${
      members()
        .map(() => document(depth - 1))
        .join(",") || space()
    }]${space()}`;
  const pairs = members().map(() => `${space()}${random.pick(TEXTS)}${space()}:${document(depth - 1)}`);
  return `${space()}{${pairs.join(",") || space()}}${space()}`;
}

const REFUSED = [
  "",
  " ",
  "nul",
  "nulll",
  "tru",
  "True",
  "NaN",
  "Infinity",
  "+1",
  "01",
  "-",
  "-01",
  "1.",
  ".5",
  "1e",
  "1e+",
  "1.e1",
  "0x1",
  "1_0",
  '"',
  '"a',
  '"\\',
  '"\\x41"',
  '"\\u12"',
  '"\\u12g4"',
  '"\t"',
  '"\n"',
  "'a'",
  "[",
  "]",
  "[1",
  "[1,",
  "[1,]",
  "[,1]",
  "[1 2]",
  "[1:2]",
  "{",
  "}",
  "{1:2}",
  '{"a"}',
  '{"a":}',
  '{"a":1,}',
  '{"a":1 "b":2}',
  '{"a" 1}',
  "{,}",
  "[}",
  "{]",
  "[1}",
  '{"a":1]',
  "1 2",
  "1,2",
  "[]]",
  "{}}",
  "\ufeff1",
  "\u00a01",
  "1\u2028",
  "//",
  "/**/1",
  "[1]//",
  "\u0000",
  "1\u0000",
  "#",
  "undefined",
  "-Infinity",
  "--1",
  "1e1.5",
  '{"a":1,,"b":2}',
];
const ACCEPTED = [
  "0",
  "-0",
  "-0.0",
  "1e1",
  "1E+1",
  "1e-01",
  "0e0",
  " 1 ",
  "\t[\n]\r",
  "[[]]",
  "{}",
  '{"":0}',
  '{"a":1,"a":2}',
  '"\\u0000"',
  '"\u007f"',
  '"\u2028"',
  '"\\/"',
  "true",
  "false",
  "null",
  '"\\udc00\\ud800"',
  "1e400",
  "-1e-400",
  "0.000",
  '[1,"a",{"b":[null]},true]',
  '"\\uD834\\udd1e"',
  '"\u{10ffff}"',
];
const BAD_BYTES = [
  [0x22, 0x80, 0x22],
  [0x22, 0xc0, 0x80, 0x22],
  [0x22, 0xe0, 0x80, 0x80, 0x22],
  [0x22, 0xed, 0xa0, 0x80, 0x22],
  [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22],
  [0x22, 0xc3, 0x22],
  [0x22, 0xe2, 0x82, 0x22],
  [0x22, 0xff, 0x22],
  [0x22, 0xc3],
  [0xef, 0xbb, 0xbf, 0x31],
];

describe.each(["lean", "bodies"] as const)("in memory of the kind %s", (memory) => {
  let library: Library;
  beforeAll(async () => {
    library = await Library.of(GUEST, memory);
    library.number("begin", 64);
  });

  test.each([...REFUSED, ...ACCEPTED].map((text) => [text]))(
    "%j is read as Node reads it, or refused as Node does",
    (text) => {
      const bytes = encoder.encode(text);
      expect(oracle(bytes) === undefined).toBe(REFUSED.includes(text));
      for (const cuts of [0, 1, bytes.length]) expect(read(library, bytes, cuts)).toBe(oracle(bytes));
    },
  );

  test.each(BAD_BYTES.map((bytes) => [bytes]))("%j is not UTF-8, or begins with a mark, and is refused", (bytes) => {
    for (const cuts of [0, 3]) expect(read(library, Uint8Array.from(bytes), cuts)).toBeUndefined();
  });

  test("random documents, whole and mutated, cut anywhere, are read as Node reads them", () => {
    let refused = 0;
    for (let i = 0; i < 4000; i++) {
      const bytes = encoder.encode(document(4));
      for (let changes = random.below(3); changes > 0; changes--) {
        bytes[random.below(bytes.length)] = random.once(3)
          ? random.below(256)
          : random.pick(encoder.encode('{}[]:,"\\0159.eE+-tfn u/'));
      }
      const expected = oracle(bytes);
      if (expected === undefined) refused++;
      expect(read(library, bytes, random.below(4)), JSON.stringify(Buffer.from(bytes).toString("latin1"))).toBe(
        expected,
      );
    }
    expect(refused).toBeGreaterThan(500);
  });

  test("what is skipped is still checked, and leaves nothing behind", () => {
    const text = '{"skip":{"a":[1,{"b":"\\u00e9"}],"c":true},"b":[1],"skip":"long long long","skip":-1.5e3,"c":2}';
    const bytes = encoder.encode(text);
    for (let cuts = 0; cuts < 40; cuts++) expect(read(library, bytes, cuts)).toBe('{"b":[1],"c":2}');
    expect(read(library, encoder.encode('{"skip":[1,]}'), 0)).toBeUndefined();
    expect(read(library, encoder.encode('{"skip":{"a":tru}}'), 9)).toBeUndefined();
  });

  test("a string of a megabyte may come in pieces of any size", () => {
    const bytes = encoder.encode(`["${"é".repeat(1 << 19)}"]`);
    for (const size of [1000, 65_536]) {
      library.number("again");
      for (let at = 0; at < bytes.length; at += size) library.number("feed", bytes.subarray(at, at + size));
      expect(library.number("finish")).not.toBe(FAILED);
      expect(Buffer.from(library.bytes("written")!).equals(bytes)).toBe(true);
    }
  });
});

describe("reading", () => {
  let library: Library;
  beforeAll(async () => {
    library = await Library.of(GUEST);
  });

  test.each([
    ['{"a":tru}', 8, "the rest of a value"],
    ['{"a" 1}', 5, ":"],
    ['{"a":1 "b"}', 7, ", or }"],
    ["[1 2]", 3, ", or ]"],
    ["[1,]", 3, "a value"],
    ["[}", 1, "a value or ]"],
    ["{1", 1, "a key or }"],
    ['{"a":1,}', 7, "a key"],
    ["1 2", 2, "nothing more"],
    ['["ab\ncd"]', 4, "the rest of a string"],
    ["[[[[1]]]]", 3, "fewer levels"],
    ["", 0, "a value"],
    ['{"a":[', 6, "a value or ]"],
  ])("%j is wrong at byte %i, where there should be %s", (text, position, expected) => {
    for (const cuts of [0, 5]) {
      library.number("begin", 3);
      expect(read(library, encoder.encode(text), cuts)).toBeUndefined();
      expect(library.number("position")).toBe(position);
      expect(library.text("expected")).toBe(expected);
    }
  });

  test("where no text was met there is none, also when what was met before is gone", () => {
    for (const second of ["", " ", '"b']) {
      const pieces = ['["a long text",{"a":{', second].map((text) => encoder.encode(text));
      expect(library.text("textAfterFeeding", pieces[0]!, pieces[1]!)).toBe("");
    }
  });

  test("nesting is bounded as was asked for, whatever is sent", () => {
    library.number("begin", 64);
    const nested = (depth: number) => encoder.encode("[".repeat(depth) + "]".repeat(depth));
    expect(read(library, nested(64), 0)).toBe("[".repeat(64) + "]".repeat(64));
    expect(read(library, nested(65), 0)).toBeUndefined();
    expect(read(library, encoder.encode("[".repeat(100_000)), 0)).toBeUndefined();
  });
});

describe("numbers", () => {
  let library: Library;
  beforeAll(async () => {
    library = await Library.of(GUEST);
  });
  const bits = new DataView(new ArrayBuffer(8));
  const anyDouble = () => {
    bits.setUint32(0, random.below(2 ** 32));
    bits.setUint32(4, random.below(2 ** 32));
    return bits.getFloat64(0);
  };

  test("are read to the nearest double, as Node reads them", () => {
    const digits = (count: number) => Array.from({ length: count }, () => random.below(10)).join("");
    for (let i = 0; i < 20_000; i++) {
      const fraction = random.once(2) ? `.${digits(1 + random.below(25))}` : "";
      const exponent = random.once(2) ? `e${random.below(700) - 350}` : "";
      const text = `${random.once(2) ? "-" : ""}${random.below(9) + 1}${digits(random.below(25))}${fraction}${exponent}`;
      expect(library.number("parse", text), text).toBe(JSON.parse(text));
    }
  });

  test("that lie just on, above and below the middle of two doubles are rounded as Node rounds them", () => {
    const exactly = (value: number) => {
      // All digits of a double: an integer times a power of two.
      bits.setFloat64(0, value);
      const exponent = (bits.getUint32(0) >>> 20) & 0x7ff || 1;
      const fraction = bits.getBigUint64(0) & 0xfffffffffffffn;
      const mantissa = (((bits.getUint32(0) >>> 20) & 0x7ff) === 0 ? fraction : fraction | (1n << 52n)) * 2n + 1n;
      const power = exponent - 1076;
      return power >= 0 ? `${mantissa << BigInt(power)}.0` : `${mantissa * 5n ** BigInt(-power)}e${power}`;
    };
    for (let i = 0; i < 300; i++) {
      const value = Math.abs(i < 50 ? i * 5e-324 : anyDouble());
      if (!Number.isFinite(value)) continue;
      const middle = exactly(value);
      const [mantissa, power = "0"] = middle.split("e") as [string, string?];
      const whole = mantissa.replace(".0", "");
      for (const text of [
        `${whole}e${power}`,
        `${whole}${"0".repeat(50)}1e${Number(power) - 51}`,
        `${BigInt(whole) * 10n - 1n}e${Number(power) - 1}`,
      ]) {
        expect(library.number("parse", text), text).toBe(JSON.parse(text));
      }
    }
  });

  test("with very many digits are rounded by all of them", () => {
    for (const text of [
      `1${"0".repeat(400)}e-400`,
      `0.${"0".repeat(400)}1e401`,
      `9007199254740993${"0".repeat(2000)}1e-2001`,
      `9007199254740993${"0".repeat(2000)}e-2000`,
    ]) {
      expect(library.number("parse", text)).toBe(JSON.parse(text));
    }
    expect(library.number("parse", `1${"1".repeat(100_000)}`)).toBe(Infinity);
  });

  test("are written as JavaScript writes them", () => {
    const values = [
      0,
      -0,
      1,
      -1,
      0.1,
      0.3,
      1 / 3,
      1e21,
      1e-6,
      1e-7,
      123456789012345680000,
      5e-324,
      1.7976931348623157e308,
      2 ** 53,
      2 ** 53 + 2,
    ];
    for (let power = -330; power < 310; power++) values.push(Number(`1e${power}`), Number(`9.5e${power}`), 2 ** power);
    for (let i = 0; i < 5000; i++)
      values.push(anyDouble(), random.below(1e6) / 100, random.below(2 ** 32) / 2 ** random.below(40));
    for (const value of values) {
      if (Number.isNaN(value)) continue;
      expect(library.text("format", value)).toBe(JSON.stringify(value));
    }
    expect(library.text("format", Number.NaN)).toBe("null");
    expect(library.text("formatInteger", 0)).toBe("-9223372036854775808");
  });
});

describe("writing", () => {
  let library: Library;
  beforeAll(async () => {
    library = await Library.of(GUEST);
  });

  test("a text of a megabyte takes a few times its size, and is not cut within a character", async () => {
    const own = await Library.of(GUEST, "bodies");
    for (const text of [
      "a".repeat(1 << 20),
      `a${"😀".repeat(5000)}`,
      "\ud800".repeat(3000),
      `${"a".repeat(1023)}\ud83d`,
    ]) {
      expect(own.text("quote", text)).toBe(JSON.stringify(text));
    }
    // The text and the result have two bytes a character, the buffer and its predecessor fewer together.
    expect(own.memorySize).toBeLessThan(12 << 20);
  });

  test("strings are escaped as JSON.stringify escapes them", () => {
    const units = [
      0, 8, 9, 10, 12, 13, 31, 32, 34, 47, 92, 127, 0xe9, 0x2028, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xffff, 97,
    ];
    for (let i = 0; i < 5000; i++) {
      const text = random.text(12, () => String.fromCharCode(random.pick(units)));
      expect(library.text("quote", text)).toBe(JSON.stringify(text));
    }
  });

  test.each(["", "nn", "{n}", "{k}", "{kk", "[", "]", "[}", "{]", "k", "{}n", "[k]", "{knkn", "n]"])(
    "of the calls %j nothing comes",
    (calls) => {
      expect(library.text("misuse", calls)).toBeNull();
    },
  );

  test.each([
    ["n", "null"],
    ["[nn]", "[null,null]"],
    ["{k[]k{}}", '{"k":[],"k":{}}'],
    ["[[],[n]]".replace(/,/g, ""), "[[],[null]]"],
  ])("%s gives %s", (calls, json) => {
    expect(library.text("misuse", calls)).toBe(json);
  });
});

describe("a path", () => {
  let library: Library;
  beforeAll(async () => {
    library = await Library.of(GUEST);
  });
  const json =
    '{"a":{"b":[{"c":"é\\n"},{"c":-1.5}], "x.y" : {"z":[ 1, [2, 3] ]}},"b":null,"a.b":true, "t":{"t":{"t":1}}}';
  const find = (path: string, text = json) => library.number("find", path, encoder.encode(text));
  const [beginObject, beginArray, string, number, yes, nothing] = [1, 3, 6, 7, 8, 10];

  test.each([
    ["a.b[0].c", string, '"é\\n"'],
    ["a.b[1].c", number, "-1.5"],
    ["a.b[1]", beginObject, '{"c":-1.5}'],
    ["a.b", beginArray, '[{"c":"é\\n"},{"c":-1.5}]'],
    ['a["x.y"].z[1]', beginArray, "[2, 3]"],
    ['["a.b"]', yes, "true"],
    ["b", nothing, "null"],
    ["t.t.t", number, "1"],
    ["", beginObject, json],
  ])("%s leads to its value", (path, kind, raw) => {
    const bytes = encoder.encode(json);
    expect(find(path)).toBe(kind);
    const at = () => strict.decode(bytes.subarray(library.number("valueStart"), library.number("valueEnd")));
    expect(at()).toBe(raw);
    if (kind === string) expect(library.text("valueText")).toBe(JSON.parse(raw));
    if (kind === number) expect(library.number("valueNumber")).toBe(JSON.parse(raw));
    for (let size = 1; size < 12; size++) {
      expect(library.number("findByPieces", path, bytes, size)).toBe(kind);
      expect(at()).toBe(raw);
    }
  });

  test.each(["c", "a.c", "a.b[2]", "a.b.c", "a[0]", "b.c", "b[0]", "t.t.t.t", "a.b[0].c[0]"])(
    "%s leads nowhere",
    (path) => {
      expect(find(path)).toBe(-1);
    },
  );

  test.each([".", ".a", "a.", "a..b", "[", "[]", "[a]", "a]", "[0", '["a"', "[-1]", "[0]a", "[99999999999]"])(
    "%s is no path",
    (path) => {
      expect(find(path)).toBe(path === "a]" ? -1 : -2);
    },
  );

  test("of a name that stands twice the last counts, as in JavaScript", () => {
    expect(find("a.b", '{"a":{"b":1},"a":{"b":2}}')).toBe(number);
    expect(library.number("valueNumber")).toBe(2);
    expect(find("a.b", '{"a":{"b":1},"a":{}}')).toBe(-1);
    expect(find("a.b", '{"a":{"b":1},"a":3}')).toBe(-1);
  });

  test("a name that comes again and again, with numbers that are hard to read, is no burden", () => {
    const text = `{${Array(20_000).fill('"a":1.2345678901234567e-300').join()}}`;
    const start = performance.now();
    expect(find("a", text)).toBe(number);
    // A millisecond or two; each number took a tenth of one.
    expect(performance.now() - start).toBeLessThan(400);
    expect(library.number("valueNumber")).toBe(1.2345678901234568e-300);
    expect(find("a", '{"a":"1"}')).toBe(string);
    expect(library.number("valueNumber")).toBeNaN();
  });

  test("nothing is found in what is no JSON, even before it goes wrong", () => {
    expect(find("a", '{"a":1,}')).toBe(-1);
    expect(find("a", '{"a":1')).toBe(-1);
  });
});
