import { beforeAll, beforeEach, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { guestFolder } from "./testdata/guest.ts";
import { SmallProxy } from "./testdata/proxy.ts";

const FILTER = `
import {
  Action, Counter, filter, Gauge, Headers, Histogram, HttpFilter, log, root, RootContext, sharedData, SharedQueue, Tagged,
} from "@asmfilter/sdk";

const hits = new Counter("hits");
const load = new Gauge("load");
const sizes = new Histogram("sizes");
const byCode = new Tagged<Counter>("codes", ["code"], 2);

@root("a")
class Root extends RootContext {
  onConfigure(): bool { return SharedQueue.register("jobs") !== null; }
  onQueueReady(queue: SharedQueue): void {
    for (let job = queue.dequeue(); job !== null; job = queue.dequeue()) log.info("job " + job);
  }
  onForeignFunction(id: u32, argument: Uint8Array): void {
    log.info(id.toString() + " called with " + argument.toString());
  }
}

function add(text: string | null, by: i32): string | null {
  if (text !== null && text == "closed") return null;
  if (by < 0) sharedData.set("sum", "rival");
  return ((text === null ? 0 : I32.parseInt(text)) + by).toString();
}

@filter("a")
class A extends HttpFilter {
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const what = headers.getOr("x-do", "");
    if (what == "sum") headers.set("x-said", sharedData.update<i32>("sum", add, I32.parseInt(headers.getOr("x-by", "1"))).toString());
    if (what == "race") {
      const seen = sharedData.read("race");
      const first = sharedData.compareAndSet("race", "é", seen.version);
      const second = sharedData.compareAndSet("race", "late", seen.version);
      const kept = sharedData.read("race").text;
      headers.set("x-said", first.toString() + second.toString() + (kept === null ? "(null)" : kept));
    }
    if (what == "count") {
      hits.increment(); hits.increment(0); hits.increment(3);
      load.set(5); load.add(-2);
      sizes.record(1 << 40);
      headers.set("x-said", hits.value.toString() + " " + load.value.toString());
    }
    if (what == "codes") for (let i = 0; i < 4; i++) byCode.of([i.toString()]).increment();
    if (what == "queue") {
      const none = SharedQueue.resolve("other", "jobs");
      const queue = SharedQueue.resolve("own", "jobs");
      headers.set("x-said", (none === null).toString() + (queue === null ? "" : queue.enqueue("wash").toString()));
    }
    return Action.Continue;
  }
}
`;

let wasm: Uint8Array;
let proxy: SmallProxy;

beforeAll(async () => {
  ({ wasm } = await compile(await guestFolder({ "assembly/index.ts": FILTER })));
});
beforeEach(() => {
  proxy = new SmallProxy(wasm);
  expect(proxy.configure(undefined)).toBe(true);
});

let id = 2;
function ask(what: string, headers: [string, string][] = []): string | undefined {
  proxy.request(id++, [["x-do", what], ...headers]);
  return proxy.header("x-said");
}
const kept = (key: string) => new TextDecoder().decode(proxy.stores.data.get(key)?.value);

test("an update begins at null and goes on from what is there", () => {
  expect([ask("sum"), ask("sum", [["x-by", "41"]]), kept("sum")]).toEqual(["0", "0", "42"]);
});

test("an update that answers null writes nothing", () => {
  proxy.stores.data.set("sum", { value: new TextEncoder().encode("closed"), version: 9 });
  expect([ask("sum"), proxy.stores.data.get("sum")?.version]).toEqual(["0", 9]);
});

test("an update whose key changes each time ends in CasMismatch", () => {
  expect([ask("sum", [["x-by", "-1"]]), kept("sum")]).toEqual(["8", "rival"]);
});

test("where nothing was there only one of two writes", () => {
  expect(ask("race")).toBe("08é");
});

test("metrics are defined once, and not while the module is made", () => {
  expect(proxy.stores.metrics).toEqual([]);
  expect([ask("count"), ask("count")]).toEqual(["4 3", "8 3"]);
  expect(proxy.stores.metrics.map(({ name, type, value }) => `${name} ${type} ${value}`)).toEqual([
    "hits 0 8",
    "load 1 3",
    `sizes 2 ${2 ** 41}`,
  ]);
});

test("tags stand before the name as Istio cuts them out, and those beyond the limit share a metric", () => {
  ask("codes");
  expect(proxy.stores.metrics.map(({ name, value }) => [name, value])).toEqual([
    ["code=.=0;.;codes", 1n],
    ["code=.=1;.;codes", 1n],
    ["code=.=other;.;codes", 2n],
  ]);
});

test("a queue is found by its VM, and its root takes the items", () => {
  expect(ask("queue")).toBe("true0");
  proxy.call("proxy_on_queue_ready", 1, 1);
  expect(proxy.logs).toEqual(["2 job wash"]);
});

test("one callback that empties a long queue stays small", () => {
  const items = Array.from({ length: 5_000 }, () => new Uint8Array(4_000).fill(97));
  proxy.stores.queues.set("own/jobs", items);
  proxy.call("proxy_on_queue_ready", 1, 1);
  expect([proxy.logs.length, items.length]).toEqual([5_000, 0]);
  // All at once they take 40 MB as texts.
  expect(proxy.memory.buffer.byteLength).toBeLessThanOrEqual(3 << 20);
});

test("a call by the proxy brings its argument", () => {
  proxy.buffers[8] = Uint8Array.of(1, 2, 255);
  proxy.call("proxy_on_foreign_function", 1, 7, 3);
  expect(proxy.logs).toEqual(["2 7 called with 1,2,255"]);
});
