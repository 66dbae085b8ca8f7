import { beforeAll, describe, expect, test } from "vitest";
import { build } from "../build.ts";
import { guestFolder } from "../testdata/guest.ts";
import { LogSymbolizer } from "./log.ts";
import { DebugIndex, type DebugMap } from "./map.ts";
import { decodeMappings } from "./mappings.ts";
import { readDebugMap } from "./read.ts";

const source = `import { Action, filter, Headers, HttpFilter } from "@asmfilter/sdk";
import { second } from "./lists";

@filter("trapping")
class Trapping extends HttpFilter {
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const value = headers.getOr("x-list", "");
    if (value == "") this.check(headers);
    headers.set("x-second", second(value.split(",")));
    return Action.Continue;
  }

  private check(headers: Headers): void {
    headers.set("x-a", "b");
    assert(headers.has("x-there"), "x-there is missing");
    headers.set("x-a", "c");
  }
}
`;
const lists = `/** The second. */
export function second(parts: string[]): string {
  const wanted = parts.length > 5 ? 3 : 1;
  return parts[wanted].trim() + parts[wanted + 1];
}
`;

describe("the log of a trap", () => {
  let map: DebugIndex;
  let places: Map<string, [offset: number, functionIndex: number]>;

  beforeAll(async () => {
    const files = { "assembly/index.ts": source, "assembly/lists.ts": lists };
    const { mapPath } = await build({ folder: await guestFolder(files) });
    map = await readDebugMap(mapPath);
    places = placesOf(map.map);
  }, 60_000);

  /** A backtrace as Envoy writes it, of the places given, innermost first. */
  const backtrace = (...at: [offset: number, functionIndex: number][]) => [
    "[2026-01-02 03:04:05.678][42][error][wasm] [source/extensions/common/wasm/wasm_vm.cc:38] Function: proxy_on_request_headers failed: Uncaught RuntimeError: unreachable",
    "Proxy-Wasm plugin in-VM backtrace:",
    ...at.map(([offset, index], frame) => `  ${frame}:  0x${offset.toString(16)} - unknown(function index:${index})`),
  ];
  const symbolized = (lines: readonly string[], maps: readonly DebugIndex[] = [map]) => {
    const symbolizer = new LogSymbolizer(maps);
    const text = [...lines.flatMap((line) => symbolizer.push(line)), ...symbolizer.end()];
    return { text, traps: symbolizer.traps };
  };
  /** A byte of the callback: of a call of the function, where one is given. */
  const callback = (callee?: number): [number, number] => {
    const { exports, functions, firstFunction } = map.map.x_asmfilter;
    const index = exports.proxy_on_request_headers!;
    const [start, end] = functions[index - firstFunction]!;
    const bytes = Array.from({ length: end - start }, (_, at) => start + at);
    const offset = callee === undefined ? start : bytes.find((at) => map.calls(at, callee) && !map.calls(at, -2));
    if (offset === undefined) throw new Error(`the callback does not call ${callee}`);
    return [offset, index];
  };

  test("names file, line and function, also of what was inlined, and which filter trapped in which callback", () => {
    const inner = places.get("assembly/lists.ts:4")!;
    const { text, traps } = symbolized([...backtrace(inner, callback(inner[1])), "next"]);
    expect(text[2]).toMatch(/^ {2}0: {2}0x[0-9a-f]+ - second at assembly\/lists\.ts:4:\d+/);
    expect(text[3]).toMatch(/^ {2}1: {2}0x[0-9a-f]+ - proxy_on_request_headers/);
    expect(text[4]).toMatch(
      /^=> guest: proxy_on_request_headers trapped at assembly\/lists\.ts:4:\d+ in second: Uncaught RuntimeError: unreachable$/,
    );
    expect(text[5]).toBe("next");
    expect(traps).toMatchObject([{ filter: "guest", callback: "proxy_on_request_headers", frames: [{ line: 4 }, {}] }]);

    const check = places.get("assembly/index.ts:15")!;
    const inlined = symbolized(backtrace(check, callback(check[1])));
    expect(inlined.text[2]).toMatch(/ - Trapping#check at assembly\/index\.ts:15:\d+, inlined into \S+$/);
  });

  test("has the text of the assertion, which the filter logged on the same thread right before", () => {
    const said = (thread: number) =>
      `[2026-01-02 03:04:05.678][${thread}][critical][wasm] [source/extensions/common/wasm/context.cc:1160] wasm log asmf.default.hello.0123 hello v: it: is missing`;
    const other = "[2026-01-02 03:04:05.678][7][info][main] something else";
    const frames = backtrace(callback());
    expect(symbolized([said(42), other, ...frames]).traps[0]).toMatchObject({
      message: "it: is missing",
      plugin: "asmf.default.hello.0123",
    });
    expect(symbolized([said(7), ...frames]).traps[0]).not.toHaveProperty("message");
    expect(symbolized([said(42), other.replace("[7]", "[42]"), ...frames]).traps[0]).not.toHaveProperty("message");
  });

  test("may have Istio's form, and a prefix before each line", () => {
    const [offset, index] = callback();
    const { text, traps } = symbolized([
      "[pod/web/istio-proxy] 2026-01-02T03:04:05.678901Z\tcritical\tenvoy wasm external/envoy/source/extensions/common/wasm/context.cc:1160\twasm log asmf.a.b.c b v: gone\tthread=17",
      "[pod/web/istio-proxy] 2026-01-02T03:04:05.678901Z\terror\tenvoy wasm external/envoy/source/extensions/common/wasm/wasm_vm.cc:38\tFunction: proxy_on_request_headers failed: Uncaught RuntimeError: unreachable",
      "[pod/web/istio-proxy] Proxy-Wasm plugin in-VM backtrace:",
      `[pod/web/istio-proxy]   0:  0x${offset.toString(16)} - unknown(function index:${index})\tthread=17`,
    ]);
    expect(text[3]).toMatch(/^\[pod\/web\/istio-proxy\] {3}0: {2}0x\S+ - proxy_on_request_headers.*\tthread=17$/);
    expect(traps).toMatchObject([{ filter: "guest", reason: "Uncaught RuntimeError: unreachable" }]);
  });

  test("of another module is left as it is", () => {
    const [offset, index] = callback();
    for (const frames of [
      // In another function than its index says; in no function; not entered by the callback; not called where it says.
      backtrace([offset, index - 1]),
      backtrace([1, index]),
      backtrace(places.get("assembly/lists.ts:4")!),
      backtrace(places.get("assembly/lists.ts:4")!, callback()),
    ]) {
      const { text, traps } = symbolized(frames);
      expect(text.slice(0, -1)).toEqual(frames);
      expect(text.at(-1)).toMatch(
        /^=> a filter: proxy_on_request_headers trapped: .* \(no map that was given is of this module\)$/,
      );
      expect(traps[0]).not.toHaveProperty("filter");
    }
  });

  test("without a backtrace says why there is none", () => {
    const { text } = symbolized([backtrace()[0]!, "next"]);
    expect(text[1]).toMatch(
      /there is no backtrace, since the module names no function; `asmfilter build` makes modules that do/,
    );
    expect(text[2]).toBe("next");
  });

  test("is found at once, whatever strangers have written into the log", () => {
    const [failed] = backtrace();
    const hostile = ["critical ", "critical wasm log ", "Function: x failed: \u2028", "\tthread=1", "0: 0x0 - ", "1"];
    const lines = hostile.map((text) => text.repeat(20_000));
    const endless = Array.from({ length: 1000 }, () => "  0:  0x1 - unknown(function index:1)");
    const { text, traps } = symbolized([failed!, ...endless, ...lines, ...backtrace(callback())]);
    expect(traps.map(({ frames }) => frames.length)).toEqual([128, expect.any(Number), 1]);
    expect(text).toHaveLength(1 + 1 + 1000 + lines.length + 1 + 4);
    expect(traps.at(-1)?.filter).toBe("guest");
  });

  test("is told with the filter's own words, which may look like the proxy's", () => {
    const said =
      "[2026-01-02 03:04:05.678][42][critical][wasm] [context.cc:1] wasm log my_plugin root: a wasm log b: c";
    const { traps } = symbolized([said, ...backtrace(callback())]);
    expect(traps).toMatchObject([{ plugin: "my_plugin", message: "a wasm log b: c" }]);
  });

  test.each<[string, (map: DebugMap) => object]>([
    ["a name", ({ names }) => ({ names: names.slice(1) })],
    ["a source", () => ({ sources: [] })],
    ["the name of a function", ({ x_asmfilter }) => ({ x_asmfilter: { ...x_asmfilter, functions: [[1, 2, 1e6]] } })],
  ])("is not looked up in a map that lacks %s that it refers to", (_, change) => {
    expect(() => new DebugIndex({ ...map.map, ...change(map.map) })).toThrow(/it does not have/);
  });

  test("finds its map among several", () => {
    const other = { map: { x_asmfilter: { filter: "x" } }, has: () => false } as unknown as DebugIndex;
    expect(symbolized(backtrace(callback()), [other, map]).traps[0]?.filter).toBe("guest");
  });

  test("other lines pass as they are", () => {
    const lines = ["", "  0:  0x1 - unknown(function index:1)", "Proxy-Wasm plugin in-VM backtrace:", "a\tb"];
    expect(symbolized(lines)).toEqual({ text: lines, traps: [] });
  });
});

/** For each line of the source, a byte of the module that came from it, and the function that the byte is in. */
function placesOf({ sources, x_asmfilter: { functions, firstFunction }, ...map }: DebugMap) {
  const places = new Map<string, [number, number]>();
  for (const { offset, source, line } of decodeMappings(map.mappings)) {
    if (source === undefined) continue;
    const index = functions.findIndex(([start, end]) => offset >= start && offset < end);
    places.set(`${sources[source]}:${line! + 1}`, [offset, firstFunction + index]);
  }
  return places;
}
