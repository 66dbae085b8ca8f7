import { writeFileSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { Envoy, removeFolder, requirePart, temporaryFolder } from "../../stack/index.ts";
import { listenerOf } from "../same-answer/envoy-config.ts";
import { type Cluster, FiltersInEnvoy } from "./filters-in-envoy.ts";

const FILTERS = `
import { Action, filter, Headers, HttpFilter, log, respond, root, RootContext, sharedData, SharedQueue, Status } from "@asmfilter/sdk";

function or(text: string | null): string { return text === null ? "(none)" : text; }

function visited(text: string | null, by: i32): string {
  return ((text === null ? 0 : I32.parseInt(text)) + by).toString();
}

function once(text: string | null, rival: string): string | null {
  if (text === null || text.length < rival.length) sharedData.set("contested", rival);
  return or(text) + "+";
}

function always(text: string | null, rival: string): string | null {
  sharedData.set("contested", rival);
  return "mine";
}

@filter("data")
class DataFilter extends HttpFilter {
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const what = headers.getOr(":path", "");
    let said: string = "";
    if (what == "/count") {
      said = sharedData.update<i32>("visits", visited, 2).toString() + " " + or(sharedData.get("visits"));
    } else if (what == "/missing") {
      const value = sharedData.read("nobody");
      said = or(sharedData.get("nobody")) + (value.bytes === null).toString() + (sharedData.getBytes("nobody") === null).toString();
    } else if (what == "/bytes") {
      const bytes = new Uint8Array(3);
      bytes[0] = 0xff;
      said = sharedData.set("bytes", bytes).toString();
      const back = sharedData.getBytes("bytes");
      if (back !== null) said += " " + back.toString();
      said += sharedData.set("bytes", "").toString() + "[" + or(sharedData.get("bytes")) + "]";
    } else if (what == "/swap") {
      const before = sharedData.read("swap");
      said = sharedData.compareAndSet("swap", "first", before.version).toString();
      said += " " + sharedData.compareAndSet("swap", "late", before.version).toString();
      const after = sharedData.read("swap");
      said += " " + sharedData.compareAndSet("swap", "second", after.version).toString();
      said += " " + sharedData.compareAndSet("swap", "third", after.version).toString() + " " + or(sharedData.get("swap"));
    } else if (what == "/contested") {
      said = sharedData.update<string>("contested", once, "rival").toString() + " " + or(sharedData.get("contested"));
    } else if (what == "/hopeless") {
      said = sharedData.update<string>("contested", always, "rival").toString() + " " + or(sharedData.get("contested"));
    } else if (what == "/left") {
      said = sharedData.update<i32>("left", (text: string | null, by: i32): string | null => null, 1).toString() + or(sharedData.get("left"));
    }
    return respond(200, said);
  }
}

@filter("producer")
class Producer extends HttpFilter {
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const what = headers.getOr(":path", "");
    if (what == "/heap") return respond(200, heap());
    const job = headers.getOr("x-job", "");
    const queue = what == "/kept" ? kept : SharedQueue.resolve(headers.getOr("x-vm", ""), "jobs");
    if (queue === null) return respond(404, "no queue");
    if (what == "/keep") kept = queue;
    const said = queue.enqueue(job).toString();
    return respond(200, what == "/" ? said : said + " " + or(queue.dequeue()));
  }
}
let kept: SharedQueue | null = null;

function heap(): string {
  const queue = SharedQueue.register("heap");
  if (queue === null) return "refused";
  const item = "x".repeat(1000);
  for (let i = 0; i < 20000; i++) if (queue.enqueue(item) != Status.Ok) return "full after " + i.toString();
  let count = 0;
  for (let taken = queue.dequeueBytes(); taken !== null; taken = queue.dequeueBytes()) count += taken.length;
  return count.toString();
}

@root("worker")
class Worker extends RootContext {
  jobs: SharedQueue | null = null;

  onConfigure(): bool {
    this.jobs = SharedQueue.register("jobs");
    const again = SharedQueue.register("jobs");
    return this.jobs !== null && again == this.jobs;
  }

  onQueueReady(queue: SharedQueue): void {
    log.info("ready " + (queue == this.jobs).toString());
    for (let job = queue.dequeue(); job !== null; job = queue.dequeue()) log.info("job [" + job + "] " + job.length.toString());
    log.info("left " + (queue.dequeueBytes() === null).toString());
  }
}
`;

let envoy: FiltersInEnvoy;
let folder: string;

/** Where the extension of the listener `passing` is discovered. */
const discovered = () => join(folder, "extension.json");

beforeEach((context) => requirePart(context, Envoy));
beforeAll(async () => {
  if (Envoy.missing()) return;
  folder = await temporaryFolder("discovered");
  envoy = await FiltersInEnvoy.start(FILTERS, {
    plugins: [{ rootID: "data" }, { rootID: "producer" }, { rootID: "worker" }],
    clusters: [{ name: "passing", type: "STATIC" } as Cluster],
    listeners: (module) => {
      writeFileSync(discovered(), workerOf("passing", module));
      writeFileSync(`${discovered()}.new`, workerOf("following", module));
      const config_source = { path_config_source: { path: discovered() } };
      const type_urls = ["type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm"];
      return [listenerOf("passing", [{ name: "worker", config_discovery: { config_source, type_urls } }])];
    },
    bootstrap: { node: { id: "shared", cluster: "shared" } },
  });
});
afterAll(async () => {
  await envoy?.stop();
  await removeFolder(folder);
});

/** What a discovery service answers: the worker in a VM of this id. */
function workerOf(vm_id: string, filename: string): string {
  const type = (name: string) => `type.googleapis.com/envoy.${name}`;
  const vm_config = { vm_id, runtime: "envoy.wasm.runtime.v8", code: { local: { filename } } };
  const config = { name: vm_id, root_id: "worker", vm_config };
  const typed_config = { "@type": type("extensions.filters.http.wasm.v3.Wasm"), config };
  return JSON.stringify({
    resources: [{ "@type": type("config.core.v3.TypedExtensionConfig"), name: "worker", typed_config }],
  });
}

async function ask(plugin: string, path: string, headers: Record<string, string> = {}): Promise<string> {
  return (await fetch(`http://127.0.0.1:${await envoy.port(plugin)}${path}`, { headers })).text();
}

test("an update counts up from nothing", async () => {
  expect([await ask("data", "/count"), await ask("data", "/count")]).toEqual(["0 2", "0 4"]);
});

test("a key that nobody wrote is null", async () => {
  expect(await ask("data", "/missing")).toBe("(none)truetrue");
});

test("bytes come back as they were, and an empty text is there", async () => {
  expect(await ask("data", "/bytes")).toBe("0 255,0,00[]");
});

test("of two who read the same only the first writes, also where nothing was there", async () => {
  // Status.Ok and Status.CasMismatch
  expect(await ask("data", "/swap")).toBe("0 8 0 8 second");
});

test("an update begins again when somebody else has written in between", async () => {
  expect(await ask("data", "/contested")).toBe("0 rival+");
});

test("an update that never gets its turn ends in CasMismatch", async () => {
  expect(await ask("data", "/hopeless")).toBe("8 rival");
});

test("an update may leave the key as it is", async () => {
  expect(await ask("data", "/left")).toBe("0(none)");
});

test("an item passes from one VM to the root of another", async () => {
  expect(await ask("producer", "/", { "x-vm": "worker", "x-job": "wash up" })).toBe("0");
  await vi.waitFor(() =>
    expect(envoy.lines("worker")).toEqual(["info: ready true", "info: job [wash up] 7", "info: left true"]),
  );
});

test("a queue that nobody registered is not found", async () => {
  expect(await ask("producer", "/", { "x-vm": "nobody" })).toBe("no queue");
});

test("an item can be taken before its VM is told", async () => {
  expect(await ask("producer", "/take", { "x-vm": "worker", "x-job": "mine" })).toBe("0 mine");
});

test("a queue takes whatever it is given: 20 MB, and Envoy says nothing", async () => {
  expect(await ask("producer", "/heap")).toBe("20000000");
});

test("a queue is closed when its VM has gone", async () => {
  expect(await ask("producer", "/keep", { "x-vm": "passing", "x-job": "early" })).toBe("0 early");
  await rename(`${discovered()}.new`, discovered());
  await vi.waitFor(async () => expect(await ask("producer", "/", { "x-vm": "passing" })).toBe("no queue"), 10_000);
  // Status.NotFound
  expect(await ask("producer", "/kept", { "x-vm": "worker", "x-job": "late" })).toBe("1 (none)");
});
