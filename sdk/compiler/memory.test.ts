import { beforeAll, describe, expect, test } from "vitest";
import { compileAltered, STRESS } from "./testdata/altered.ts";
import { SmallProxy } from "./testdata/proxy.ts";
import { IMPORTS, proxyOf } from "./testdata/sources.ts";

const MB = 1 << 20;

/** A proxy with a filter whose body callback runs `statements`. */
async function bodyProxy(statements: string): Promise<SmallProxy> {
  const proxy = await proxyOf(`
    @filter("a") class A extends HttpFilter {
      onRequestBody(body: Body, endOfStream: bool): Action {
        ${statements}
        return Action.Continue;
      }
    }`);
  proxy.configure(undefined);
  return proxy;
}

let nextID = 2;

/** Sends a body through a stream of its own and returns what the filter made of it. */
function send(proxy: SmallProxy, body: Uint8Array): Uint8Array {
  const id = nextID++;
  proxy.request(id, []);
  proxy.buffers[0] = body;
  proxy.call("proxy_on_request_body", id, body.length, 1);
  proxy.end(id);
  return proxy.buffers[0];
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const size = (proxy: SmallProxy) => proxy.memory.buffer.byteLength;

describe("a callback that leaves much garbage stays small", () => {
  test("200 KB put together character by character", async () => {
    const proxy = await bodyProxy(`
      let s = "";
      for (let i = 0; i < 200000; i++) s += String.fromCharCode(97 + i % 26);
      body.replace(s);`);
    const expected = Array.from({ length: 200_000 }, (_, i) => String.fromCharCode(97 + (i % 26))).join("");
    expect(text(send(proxy, Uint8Array.of(1))) === expected).toBe(true);
    expect(size(proxy)).toBeLessThanOrEqual(4 * MB);
  });

  test("the body read again and again", async () => {
    const proxy = await bodyProxy(`
      let total = 0;
      for (let i = 0; i < 100; i++) total += body.text().length + body.bytes().length;
      body.replace(total.toString());`);
    expect(text(send(proxy, new Uint8Array(MB).fill(97)))).toBe((200 * MB).toString());
    expect(size(proxy)).toBeLessThanOrEqual(16 * MB);
  });

  test("a base class of the author's has the callback", async () => {
    const proxy = await proxyOf(`
      class Base extends HttpFilter {
        onResponseBody(body: Body, endOfStream: bool): Action {
          let s = "";
          for (let i = 0; i < 20000; i++) s += "x";
          body.replace(s);
          return Action.Continue;
        }
      }
      @filter("a") class A extends Base {}`);
    proxy.configure(undefined);
    proxy.request(2, []);
    proxy.buffers[1] = Uint8Array.of(1);
    proxy.call("proxy_on_response_body", 2, 1, 1);
    expect(proxy.buffers[1].length).toBe(20_000);
    expect(size(proxy)).toBeLessThanOrEqual(3 * MB);
  });
});

describe("bodies of all sizes up to 10 MB need little more than the largest", () => {
  // The proxy's copy, and the filter's: one byte a character as bytes, two as text, and one more on the way out.
  test.each([
    ["bytes", "body.replace(body.bytes());", 24],
    ["text", "body.replace(body.text());", 42],
    ["text that is not ASCII", 'body.replace(body.text() + "é");', 72],
  ])("%s", async (_name, statements, megabytes) => {
    const proxy = await bodyProxy(statements);
    let seed = 1;
    for (let i = 1; i <= 40; i++) {
      seed = (seed * 48271) % 0x7fffffff;
      // First growing, then in no order.
      const length = i <= 20 ? (i * 10 * MB) / 20 : seed % (10 * MB);
      const kept = send(proxy, new Uint8Array(length).fill(97));
      expect(kept.length).toBeGreaterThanOrEqual(length);
      expect(kept.length).toBeLessThanOrEqual(length + 2);
    }
    expect(size(proxy)).toBeLessThanOrEqual(megabytes * MB);
  });

  test("streams that keep parts of theirs in between", async () => {
    const proxy = await proxyOf(`
      @filter("a") class A extends HttpFilter {
        kept: Uint8Array = new Uint8Array(0);
        onRequestBody(body: Body, endOfStream: bool): Action {
          this.kept = body.bytes(0, 20000);
          body.replace(body.bytes());
          return Action.Continue;
        }
        onResponseBody(body: Body, endOfStream: bool): Action {
          body.replace(this.kept);
          return Action.Continue;
        }
      }`);
    proxy.configure(undefined);
    for (let id = 2; id < 202; id++) {
      proxy.request(id, []);
      proxy.buffers[0] = new Uint8Array(((id * 7919) % 64) * 0x8000).fill(id % 251);
      proxy.call("proxy_on_request_body", id, proxy.buffers[0].length, 1);
      if (id >= 52) {
        proxy.buffers[1] = Uint8Array.of(1);
        proxy.call("proxy_on_response_body", id - 50, 1, 1);
        expect(proxy.buffers[1].every((byte) => byte === (id - 50) % 251)).toBe(true);
        proxy.end(id - 50);
      }
    }
    expect(size(proxy)).toBeLessThanOrEqual(12 * MB);
  });
});

test.each([
  ["with body callbacks", "onRequestBody(body: Body, endOfStream: bool): Action { return Action.Continue; }"],
  ["without", ""],
])("a module %s traps at 4 GiB instead of beginning again at 0", async (_name, member) => {
  const proxy = await proxyOf(`@filter("a") class A extends HttpFilter { ${member} }`);
  const blocks: number[] = [];
  const take = () => blocks.push((proxy.exports.malloc?.(0x3fff0000) ?? 0) >>> 0);
  expect(() => {
    for (let i = 0; i < 8; i++) take();
  }).toThrow();
  expect(blocks).toEqual([...blocks].sort((a, b) => a - b));
  expect(blocks.length).toBeGreaterThanOrEqual(3);
  expect(blocks.length).toBeLessThanOrEqual(4);
});

/** All that the library of the language does with objects it holds nowhere but on the stack. */
const BUSY = `
  class Node { next: Node | null = null; constructor(public name: string, public parts: string[]) {} }
  @filter("a") class A extends HttpFilter {
    nodes: Node | null = null;
    seen: Map<string, string[]> = new Map();

    onRequestHeaders(headers: Headers, endOfStream: bool): Action {
      const a = headers.getOr("x-a", "none") + "|" + headers.getOr("x-b", "none") + "|" + headers.getAll("x-a").join("+");
      headers.set("x-joined", a + "|" + headers.entries().map<string>((pair) => pair[0] + "=" + pair[1]).join("&"));
      return Action.Continue;
    }

    onRequestBody(body: Body, endOfStream: bool): Action {
      const words = (this.requestHeaders.getOr("x-a", "") + " " + body.text()).split(" ");
      for (let i = 0; i < words.length; i++) {
        const key = words[i].toUpperCase().padStart(5, "-");
        if (!this.seen.has(key)) this.seen.set(key, []);
        this.seen.get(key).push(i.toString() + this.requestHeaders.getOr("x-b", "?"));
        const node = new Node(key + words[i], words.slice(0, i % 3).concat([key, (<f64>i / 4).toString()]));
        node.next = this.nodes;
        this.nodes = node;
      }
      const lines: string[] = [newEnds(words.length).toString()];
      const keys = this.seen.keys();
      for (let i = 0; i < keys.length; i++) lines.push(keys[i] + ":" + this.seen.get(keys[i]).join(","));
      for (let node = this.nodes; node !== null; node = node!.next) lines.push(node.name + "/" + node.parts.join("-"));
      lines.sort();
      lines.length = lines.length + 3;
      for (let i = lines.length - 3; i < lines.length; i++) lines[i] = encodeURIComponent("é".repeat(500 * i));
      const out = lines.map<string>((line) => line.replaceAll("-", "__").trim()).join("\\n");
      body.replace(out);
      body.prepend(Uint8Array.wrap(String.UTF8.encode(lines[0] + "\\n")));
      body.append(JSONish.write(words));
      return Action.Continue;
    }
  }
  /** Lists of many lengths that grow a little; what is new of them is zero, also where the block had room to spare. */
  function newEnds(value: i32): i32 {
    let sum = 0;
    for (let length = 8; length < 40; length++) {
      const list: i32[] = [];
      list.length = length;
      list.fill(value);
      list.length = length + 2;
      sum |= list[length] | list[length + 1];
    }
    return sum;
  }
  class JSONish {
    static write(words: string[]): string {
      return "[" + words.map<string>((word) => '"' + word + '"').join(",") + "]";
    }
  }`;

describe("a collection at every allocation", () => {
  let relaxed: SmallProxy;
  let stressed: SmallProxy;

  beforeAll(async () => {
    relaxed = await proxyOf(BUSY);
    stressed = new SmallProxy(await compileAltered(IMPORTS + BUSY, STRESS));
  });

  function run(proxy: SmallProxy): unknown[] {
    const answers: unknown[] = [];
    proxy.configure(undefined);
    for (let id = 2; id < 12; id++) {
      proxy.request(id, [
        ["x-a", `first ${id} ${"é".repeat(id)}`],
        ["x-b", "second".repeat(id * 60)],
        ["x-a", "third"],
      ]);
      answers.push(proxy.header("x-joined"));
      proxy.buffers[0] = new TextEncoder().encode(`${"word ".repeat(id)}${"x".repeat(3000)} end`);
      proxy.call("proxy_on_request_body", id, proxy.buffers[0].length, 0);
      answers.push(text(proxy.buffers[0]));
      if (id % 2) proxy.end(id);
    }
    return answers;
  }

  test("changes nothing", () => {
    expect(run(stressed)).toEqual(run(relaxed));
  });

  test("changes nothing for callbacks nested in host calls either", () => {
    const nest = (proxy: SmallProxy) => {
      let id = 1000;
      const inner: unknown[] = [];
      proxy.nested = () => {
        const { nested, headers, buffers } = proxy;
        proxy.nested = undefined;
        proxy.headers = [[], [], [], []];
        proxy.buffers = [new TextEncoder().encode("inner body"), new Uint8Array()];
        proxy.request(++id, [["x-a", `inner ${id}`]]);
        proxy.call("proxy_on_request_body", id, 10, 1);
        inner.push(proxy.header("x-joined"), text(proxy.buffers[0] ?? new Uint8Array()));
        proxy.end(id);
        Object.assign(proxy, { nested, headers, buffers });
      };
      const outer = run(proxy);
      proxy.nested = undefined;
      return [...outer, ...inner];
    };
    expect(nest(stressed)).toEqual(nest(relaxed));
  });
});
