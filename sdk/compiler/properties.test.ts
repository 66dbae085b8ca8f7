import { beforeAll, expect, test } from "vitest";
import { compileText } from "./testdata/compile.ts";
import { SmallProxy } from "./testdata/proxy.ts";

let wasm: Uint8Array;

beforeAll(async () => {
  ({ wasm } = await compileText(`
    import { Action, filter, Headers, HttpFilter, log, properties } from "@asmfilter/sdk";
    @filter("a") class A extends HttpFilter {
      onRequestHeaders(headers: Headers, endOfStream: bool): Action {
        const pairs = properties.getPairs("x");
        log.info(pairs === null ? "(null)" : pairs.map<string>((pair) => pair.join("=")).join("&"));
        return Action.Continue;
      }
    }`));
}, 60_000);

const words = (...all: number[]) => new Uint8Array(Uint32Array.from(all).buffer);
const bytes = (...parts: (Uint8Array | string)[]) =>
  new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part))));

test.each([
  ["two pairs", bytes(words(2, 1, 1, 2, 0), "a\0b\0cd\0\0"), "a=b&cd="],
  ["no pairs", words(0), ""],
  ["nothing", bytes(), "(null)"],
  ["less than a count", bytes("abc"), "(null)"],
  ["a text", "/a/path/that/is/long/enough", "(null)"],
  ["an integer", words(7, 0), "(null)"],
  ["more pairs than there is room for", bytes(words(0x20000000, 1, 1), "a\0b\0"), "(null)"],
  ["a length beyond the end", bytes(words(1, 1, 0xfffffffe), "a\0b\0"), "(null)"],
  ["a length short of the end", bytes(words(1, 1, 1), "a\0b\0c"), "(null)"],
])("a property that is %s is read as pairs without harm", (_name, value, expected) => {
  const proxy = new SmallProxy(wasm);
  proxy.configure(undefined);
  proxy.properties.set("x", value);
  proxy.request(2, []);
  expect(proxy.logs).toEqual([`2 ${expected}`]);
});
