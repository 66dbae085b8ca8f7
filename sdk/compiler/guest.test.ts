import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Compilation, compile } from "./compile.ts";
import { BASE, EVERYTHING } from "./testdata/everything.ts";
import { guestFolder } from "./testdata/guest.ts";
import { SmallProxy } from "./testdata/proxy.ts";

let compilation: Compilation;
let proxy: SmallProxy;

beforeAll(async () => {
  compilation = await compile(await guestFolder({ "assembly/index.ts": EVERYTHING, "assembly/base.ts": BASE }));
});

beforeEach(() => {
  proxy = new SmallProxy(compilation.wasm);
});

function ask(what: string, ...headers: [string, string | Uint8Array][]): void {
  proxy.request(2, [["x-do", what], ...headers]);
}

describe("headers", () => {
  beforeEach(() => void proxy.configure({ mode: "m" }));

  test("a header that is missing is null, one without text is empty", () => {
    ask("echo");
    expect([proxy.header("x-echo"), proxy.header("x-has")]).toEqual(["(missing)", "no"]);
    ask("echo", ["x-value", ""]);
    expect([proxy.header("x-echo"), proxy.header("x-has")]).toEqual(["", "yes"]);
  });

  test.each([
    ["ASCII", "plain"],
    ["two bytes", "é"],
    ["three bytes", "☃\ufffd"],
    ["four bytes", "😀 and 𝄞"],
    ["a NUL inside", "a\u0000b"],
    ["more than the scratch memory", "x".repeat(5000)],
    ["more than the scratch memory, not ASCII", "ü".repeat(5000)],
  ])("a value of %s survives both ways", (_name, value) => {
    ask("echo", ["x-value", value]);
    expect(proxy.header("x-echo")).toBe(value);
  });

  test("bytes that are not UTF-8 become U+FFFD as text and stay themselves as bytes", () => {
    ask("echo", ["x-value", Uint8Array.of(0x61, 0xff, 0xc3, 0xe2, 0x98, 0xed, 0xa0, 0x80, 0x62)]);
    expect(proxy.header("x-echo")).toBe("a\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffdb");
    expect(proxy.header("x-bytes")).toBe("97,255,195,226,152,237,160,128,98");
  });

  test("all values of a name come in order, in whatever case it is asked for", () => {
    ask("echo", ["x-value", "1"], ["x-other", "2"], ["x-value", ""], ["x-value", "3"]);
    expect(proxy.header("x-all")).toBe("1||3");
    expect(proxy.header("x-count")).toBe("8");
  });

  test("all values of a name are found by it in any case", () => {
    ask("all", ["x-value", "1"], ["x-valux", "2"], ["x-value", "3"]);
    expect(proxy.header("x-all")).toBe("1|3");
  });

  test("all headers are replaced at once, and their bytes are counted", () => {
    ask("replace all", ["x-value", "é"]);
    expect(proxy.headers[0]).toEqual([
      ["x-é", "ü"],
      ["x-empty", ""],
      ["x-empty", "not"],
      // "x-do" and "replace all", "x-value" and "é"; then the three pairs.
      ["x-sizes", "24 23"],
    ]);
  });
});

describe("bodies, responses, properties, log", () => {
  beforeEach(() => void proxy.configure({ mode: "m" }));

  test("a body is read, replaced, and added to at both ends", () => {
    ask("");
    proxy.buffers[0] = new TextEncoder().encode("höllo");
    expect(proxy.call("proxy_on_request_body", 2, 6, 0)).toBe(1);
    expect(proxy.call("proxy_on_request_body", 2, 6, 1)).toBe(0);
    expect(new TextDecoder().decode(proxy.buffers[0])).toBe("é[höllo]8");
  });

  test("a local response carries status, text and headers, and pauses the request", () => {
    expect(proxy.request(2, [["x-do", "deny"]])).toBe(1);
    expect(proxy.replies).toEqual([{ status: 403, body: "non à m", headers: 2 }]);
  });

  test("only what an earlier callback paused goes on, and once", () => {
    proxy.logLevel = 2;
    expect(proxy.request(2, [["x-do", "continue"]])).toBe(1);
    proxy.end(2);
    expect(proxy.logs).toEqual(["2 headers 2 2", "2 done 0 2", "2 again 2 2"]);
    expect(proxy.continued).toEqual([0]);
  });

  test("a property is found by its dotted path", () => {
    proxy.properties.set("request\0path", "/p");
    proxy.properties.set("request\0size", new Uint8Array(BigInt64Array.of(-5n).buffer));
    ask("property");
    expect([proxy.header("x-path"), proxy.header("x-size")]).toEqual(["/p", "-5"]);
    expect(proxy.properties.get("mine.own")).toBe("é");
  });

  test("a log line below the proxy's level is not even built", () => {
    proxy.logLevel = 2;
    ask("log");
    expect([proxy.header("x-built"), proxy.logs]).toEqual(["0", []]);
    proxy.logLevel = 1;
    ask("log");
    expect([proxy.header("x-built"), proxy.logs]).toEqual(["1", ["1 text built"]]);
  });
});

describe("configuration", () => {
  test("what is left out takes its default", () => {
    expect(proxy.configure({ mode: "m" })).toBe(true);
    ask("config");
    expect(proxy.header("x-config")).toBe("m,true,-3,200,0.5,a+b,0,1,m");
    expect(proxy.header("x-note")).toBe("(null)");
  });

  test("every kind of value is decoded", () => {
    const limits = [{ max: 0 }, { ratio: -1.25e-3, names: [] }];
    const note = 'é😀\n"\\/';
    expect(
      proxy.configure({
        mode: "",
        on: false,
        offset: -32768,
        limit: { max: 255, names: ["z"] },
        limits,
        note,
        big: 2 ** 53,
      }),
    ).toBe(true);
    ask("config");
    expect(proxy.header("x-config")).toBe(",false,-32768,255,0.5,z,2,9007199254740992,");
    expect([proxy.header("x-note"), proxy.header("x-last")]).toEqual([note, "-0.00125"]);
  });

  test.each([
    ['{"mode":"\\u00e9\\ud83d\\ude00\\n\\/"}', "é😀\n/,true,-3,200,0.5,a+b,0,1,é😀\n/"],
    ['{"mode":"\\ud83d"}', "\ufffd,true,-3,200,0.5,a+b,0,1,\ufffd"],
    [' { "mode" : "m" , "big" : 15e2 , "offset":-30E-1,"limit":{"ratio":1E+2} } ', "m,true,-3,200,100.0,a+b,0,1500,m"],
  ])("JSON in other spellings is read: %s", (json, expected) => {
    expect(proxy.configure(json)).toBe(true);
    ask("config");
    expect(proxy.header("x-config")).toBe(expected);
  });

  test.each([
    ["", "missing field mode"],
    ["{}", "missing field mode"],
    ['{"mode":"m","mood":1}', "mood: unknown field, expected one of mode, on, offset, limit, limits, note, big"],
    ['{"mode":"m","limit":{"min":1}}', "limit.min: unknown field, expected one of max, ratio, names"],
    ['{"mode":7}', "mode: expected a string"],
    ['{"mode":null}', "mode: expected a string"],
    ['{"mode":"m","on":"yes"}', "on: expected true or false"],
    ['{"mode":"m","on":truer}', "on: malformed JSON"],
    ['{"mode":"m","offset":32768}', "offset: expected an integer from -32768 to 32767"],
    ['{"mode":"m","offset":1.5}', "offset: expected an integer from -32768 to 32767"],
    ['{"mode":"m","limit":{"max":256}}', "limit.max: expected an integer from 0 to 255"],
    ['{"mode":"m","limit":{"max":-1}}', "limit.max: expected an integer from 0 to 255"],
    ['{"mode":"m","limit":{"ratio":"1"}}', "limit.ratio: expected a number"],
    ['{"mode":"m","limits":[{},{"names":["a",3]}]}', "limits[1].names[1]: expected a string"],
    ['{"mode":"m","limits":{}}', "limits: expected a list"],
    ['{"mode":"m","limit":[]}', "limit: expected an object"],
    ['{"mode":"m","big":9223372036854775808}', "big: expected an integer of 64 bits"],
    ["[]", "expected an object"],
    ['{"mode":"m"', "mode: malformed JSON"],
    ['{"mode":"m",}', "mode: malformed JSON"],
    ['{"mode":"m"}x', "malformed JSON"],
    ['{"mode":"\\u12"}', "mode: expected a string"],
    ['{"mode":"m', "mode: expected a string"],
  ])("%s is refused, saying where and what was expected", (json, reason) => {
    expect(proxy.configure(json)).toBe(false);
    expect(proxy.logs).toEqual([`4 configuration: ${reason}`]);
  });

  test("a key of any length is refused without harm", () => {
    expect(proxy.configure(`{"${"k".repeat(100_000)}":1}`)).toBe(false);
    expect(proxy.logs[0]?.length).toBeLessThan(1100);
  });

  test("the filter's own check can refuse what decodes", () => {
    expect(proxy.configure({ mode: "refused" })).toBe(false);
  });

  test("streams that are open keep the configuration they began with", () => {
    proxy.configure({ mode: "old" });
    proxy.request(2, []);
    proxy.buffers[7] = new TextEncoder().encode('{"mode":"new"}');
    proxy.call("proxy_on_context_create", 3, 0);
    proxy.call("proxy_on_configure", 3, 14);
    proxy.headers[0] = [["x-do", "config"]];
    proxy.call("proxy_on_request_headers", 2, 1, 1);
    expect(proxy.header("x-config")).toMatch(/^old,/);
  });
});

describe("memory", () => {
  beforeEach(() => void proxy.configure({ mode: "m" }));

  test("200,000 streams, 500 at a time, leave it as small as 2,000", () => {
    const run = (streams: number, first: number) => {
      for (let id = first; id < first + streams; id++) {
        proxy.request(id, [["x-do", "garbage"]]);
        if (id - first >= 500) proxy.end(id - 500);
      }
      for (let id = first + streams - 500; id < first + streams; id++) proxy.end(id);
      return proxy.memory.buffer.byteLength;
    };
    const small = run(2_000, 2);
    expect(run(200_000, 1_000_000)).toBe(small);
    expect(small).toBeLessThanOrEqual(3 * 65536);
    proxy.request(9_000_000, [["x-do", "config"]]);
    expect(proxy.header("x-config")).toBe("m,true,-3,200,0.5,a+b,0,1,m");
  });

  test("a callback nested in a host call neither collects nor overwrites what the outer one uses", () => {
    let id = 100;
    proxy.nested = () => {
      const { nested } = proxy;
      const headers = [...proxy.headers];
      proxy.nested = undefined;
      for (let i = 0; i < 20; i++) {
        proxy.request(++id, [
          ["x-do", "garbage"],
          ["x-value", "inner".repeat(10)],
        ]);
        proxy.end(id);
      }
      proxy.headers = headers;
      proxy.nested = nested;
    };
    for (let i = 0; i < 300; i++) {
      const [a, b, c] = [`first ${i} `.repeat(3), `second ${i} `.repeat(300), "third"];
      proxy.request(2, [
        ["x-do", "twice"],
        ["x-a", a],
        ["x-b", b],
        ["x-c", c],
      ]);
      expect(proxy.header("x-joined")).toBe(a + b + c);
      proxy.call("proxy_on_delete", 2);
    }
  });
});

test("the schema of the parameters says what the decoder does", () => {
  const limit = {
    type: "object",
    properties: {
      max: { type: "integer", minimum: 0, maximum: 255, default: 200 },
      ratio: { type: "number", default: 0.5 },
      names: { type: "array", items: { type: "string" }, default: ["a", "b"] },
    },
    additionalProperties: false,
  };
  expect(compilation.facts.schema).toEqual({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    description: "What the filter can be told.",
    type: "object",
    properties: {
      mode: { description: "How it behaves.", type: "string" },
      on: { type: "boolean", default: true },
      offset: { type: "integer", minimum: -32768, maximum: 32767, default: -3 },
      limit: { ...limit, default: { max: 200, ratio: 0.5, names: ["a", "b"] } },
      limits: { type: "array", items: limit, default: [] },
      note: { type: ["string", "null"], default: null },
      big: { type: "integer", minimum: -(2 ** 53 - 1), maximum: 2 ** 53 - 1, default: 1 },
    },
    required: ["mode"],
    additionalProperties: false,
  });
});
