import { beforeAll, beforeEach, expect, test } from "vitest";
import { type BuildResult, build } from "./build.ts";
import { diagnosticsOf } from "./testdata/compile.ts";
import { guestFolder } from "./testdata/guest.ts";
import { SmallProxy } from "./testdata/proxy.ts";

const HEAD = 'import { Action, Data, filter, Headers, HttpFilter, NetworkFilter, Peer, log } from "@asmfilter/sdk";\n';

const FILTER = `${HEAD}
@filter("a")
class A extends NetworkFilter {
  // Says nothing to the SDK: a filter may have fields of any name.
  downstreamPaused: bool = true;
  onNewConnection(): Action {
    return Action.Pause;
  }
  onDownstreamData(data: Data, endOfStream: bool): Action {
    const text = data.text();
    if (text == "grow") {
      let s = "";
      for (let i = 0; i < 200000; i++) s += "x";
      data.replace(s);
    }
    if (text == "end") this.closeDownstream();
    return text == "hold" ? Action.Pause : Action.Continue;
  }
  onUpstreamData(data: Data, endOfStream: bool): Action {
    data.append(data.length.toString());
    return Action.Continue;
  }
  onUpstreamClose(by: Peer): void {
    log.info("up " + by.toString() + " " + this.continueDownstream().toString() + " " + this.closeUpstream().toString());
  }
}
`;
const YAML = "name: a\nversion: 1.0.0\n";

let proxy: SmallProxy;
let id = 2;
let built: BuildResult;

beforeAll(async () => {
  const files = { "assembly/index.ts": FILTER, "filter.yaml": `${YAML}type: network\n` };
  built = await build({ folder: await guestFolder(files) });
});
beforeEach(() => {
  proxy = new SmallProxy(built.wasm);
  proxy.configure(undefined);
  proxy.call("proxy_on_context_create", ++id, 1);
  proxy.buffers = [];
});

/** What a data callback answers, and leaves of the data. */
function send(direction: "downstream" | "upstream", text: string): [action: number, left: string] {
  const buffer = direction === "downstream" ? 2 : 3;
  proxy.buffers[buffer] = new TextEncoder().encode(text);
  const action = proxy.call(`proxy_on_${direction}_data`, id, text.length, 0);
  return [action, new TextDecoder().decode(proxy.buffers[buffer])];
}

test("a network filter is built, and exports what it overrides", () => {
  const { config } = built;
  expect([config.type, config.rootIDs]).toEqual(["network", ["a"]]);
  expect(config.exports).toEqual([
    "proxy_on_context_create",
    "proxy_on_delete",
    "proxy_on_downstream_data",
    "proxy_on_new_connection",
    "proxy_on_upstream_connection_close",
    "proxy_on_upstream_data",
  ]);
});

test("only what was held goes on, and once", () => {
  const goOn = () => proxy.call("proxy_on_upstream_connection_close", id, 0) && proxy.logs.splice(0);
  expect(goOn()).toEqual(["2 up 0 2 0"]);
  expect(proxy.call("proxy_on_new_connection", id)).toBe(1);
  expect(goOn()).toEqual(["2 up 0 0 0"]);
  expect(send("downstream", "hold")).toEqual([1, "hold"]);
  expect([goOn(), goOn()]).toEqual([["2 up 0 0 0"], ["2 up 0 2 0"]]);
  send("downstream", "hold");
  expect(send("downstream", "hold more")).toEqual([0, "hold more"]);
  expect(goOn()).toEqual(["2 up 0 2 0"]);
  expect(proxy.continued).toEqual([2, 2]);
});

test("each direction has its data, and its close", () => {
  expect(send("upstream", "abc")).toEqual([0, "abc3"]);
  send("downstream", "end");
  proxy.call("proxy_on_upstream_connection_close", id, 0);
  expect(proxy.closed).toEqual([2, 3]);
});

test("a callback that leaves much garbage stays small", () => {
  expect(send("downstream", "grow")[1]).toBe("x".repeat(200_000));
  expect(proxy.memory.buffer.byteLength).toBeLessThanOrEqual(4 << 20);
});

test("filters of HTTP and of connections do not share a module", async () => {
  expect(
    await diagnosticsOf(
      `${HEAD}@filter("a") class A extends NetworkFilter {}\n@filter("b") class B extends HttpFilter {}`,
    ),
  ).toEqual(["assembly/index.ts:3 a module holds HTTP filters or network filters, not both; make two of it"]);
});

test.each([
  ["NetworkFilter", "", "type: is http, but the filters extend NetworkFilter: make it network"],
  ["HttpFilter", "type: network\n", "type: is network, but the filters extend HttpFilter: make it http"],
])("a filter that extends %s is refused with %j in filter.yaml", async (base, type, reason) => {
  const files = { "assembly/index.ts": `${HEAD}@filter("a") class A extends ${base} {}`, "filter.yaml": YAML + type };
  const error = await build({ folder: await guestFolder(files) }).catch((error: unknown) => error);
  expect(error).toMatchObject({ code: "ASMF_MANIFEST_INVALID", message: expect.stringContaining(reason) });
});

test("a callback of the other kind is none, as the proxy would never call it", async () => {
  const member = "onNewConnection(): Action { return Action.Continue; }";
  const files = { "assembly/index.ts": `${HEAD}@filter("a") class A extends HttpFilter { ${member} }` };
  const { warnings, config } = await build({ folder: await guestFolder(files) });
  expect(warnings.map(({ message }) => message)).toEqual([
    expect.stringContaining('"onNewConnection" is not a callback'),
  ]);
  expect(config.exports).not.toContain("proxy_on_new_connection");
});
