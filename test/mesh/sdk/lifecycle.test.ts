import { once } from "node:events";
import { renameSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { available, Envoy, removeFolder, requirePart, temporaryFolder } from "../../stack/index.ts";
import { send } from "../same-answer/client.ts";
import { cluster, listenerOf } from "../same-answer/envoy-config.ts";
import { ScriptServer } from "../same-answer/script-server.ts";
import { FiltersInEnvoy } from "./filters-in-envoy.ts";

const filters = `
import { Action, filter, GrpcStatus, Headers, HttpCallHandler, HttpFilter, HttpReply, HttpRequest, httpCall, log,
  properties, respond, root, RootContext, sendLocalResponse, Status } from "@asmfilter/sdk";

@filter("responding") class Responding extends HttpFilter {
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    return respond(200, "come back", [["x-a", "b"]], GrpcStatus.ResourceExhausted, "quota used up");
  }
  onLog(): void {
    const details = properties.getString("response.code_details");
    log.info(details === null ? "(none)" : details);
  }
}

@filter("entries") class Entries extends HttpFilter {
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const before = headers.byteSize;
    const entries = headers.entries().filter((entry) => !entry[0].startsWith("x-internal-"));
    entries.push(["x-new", "é"]);
    const status = headers.setEntries(entries);
    log.info(status.toString() + " " + (<i32>(headers.byteSize - before)).toString() + " " + this.responseHeaders.byteSize.toString());
    return Action.Continue;
  }
}

@filter("metadata") class Metadata extends HttpFilter {
  onRequestMetadata(count: u32): void { log.info("metadata " + count.toString()); }
  onRequestTrailers(trailers: Headers): Action { return Action.Continue; }
  onLog(): void { log.info("over"); }
}

class OnFlushed extends HttpCallHandler<Lasting> {
  onReply(owner: Lasting, reply: HttpReply): void {
    log.info("flushed " + reply.body.text() + ", done " + owner.done().toString());
  }
}
@root("lasting") class Lasting extends RootContext {
  onDone(): bool {
    const status = httpCall(this, "slow", new HttpRequest("POST", "/flush", "slow"), new OnFlushed());
    log.info("on done " + status.toString());
    return status != Status.Ok;
  }
  onDelete(): void { log.info("deleted"); }
}
@filter("lasting") class InLasting extends HttpFilter {}

@root("logger") class Logger extends RootContext {
  onLog(): void {
    const path = properties.getString("request.path");
    log.info("logged " + (path === null ? "(none)" : path));
  }
}

@filter("late") class Late extends HttpFilter {
  where: string = "";
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    this.where = headers.getOr("x-where", "");
    return Action.Continue;
  }
  late(where: string): void {
    if (this.where == where) log.info(where + " " + sendLocalResponse(403, "late").toString());
  }
  onLog(): void { this.late("log"); }
  onDone(): bool { this.late("done"); return true; }
  onDelete(): void { this.late("delete"); }
}
`;

const slow = new ScriptServer({ delay: 200, body: ["ok"] });
let envoy: FiltersInEnvoy;
let folder: string;
let moduleFile: string;

const type = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm";

/** Puts the filter in place that the listener `lasting` discovers. */
function discover(name: string, vm: string): void {
  const code = { local: { filename: moduleFile } };
  const vm_config = { vm_id: vm, runtime: "envoy.wasm.runtime.v8", code };
  const config = { "@type": type, config: { name, root_id: "lasting", vm_config } };
  const resource = {
    "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
    name: "lasting",
    typed_config: config,
  };
  writeFileSync(join(folder, "new.json"), JSON.stringify({ resources: [resource] }));
  // Envoy looks at files that are moved into place.
  renameSync(join(folder, "new.json"), join(folder, "filter.json"));
}

function discovering(module: string): object {
  moduleFile = module;
  discover("lasting", "entries");
  const path_config_source = { path: join(folder, "filter.json") };
  return listenerOf("lasting", [
    {
      name: "lasting",
      config_discovery: {
        config_source: { path_config_source },
        type_urls: [type.replace("type.googleapis.com/", "")],
      },
    },
  ]);
}

/** A listener whose access log is a plugin. */
function logging(module: string): object {
  const vm_config = { vm_id: "logger", runtime: "envoy.wasm.runtime.v8", code: { local: { filename: module } } };
  const typed_config = {
    "@type": "type.googleapis.com/envoy.extensions.access_loggers.wasm.v3.WasmAccessLog",
    config: { name: "logger", root_id: "logger", vm_config },
  };
  const made = listenerOf("logged", [], "slow") as ReturnType<typeof listenerOf> & Chains;
  for (const each of made.filter_chains.flatMap(({ filters }) => filters)) {
    each.typed_config = { ...each.typed_config, access_log: [{ name: "logger", typed_config }] };
  }
  return made;
}

interface Chains {
  readonly filter_chains: readonly { readonly filters: readonly { typed_config: object }[] }[];
}

beforeAll(async () => {
  if (!available(Envoy)) return;
  const port = await slow.start();
  folder = await temporaryFolder("lifecycle");
  envoy = await FiltersInEnvoy.start(filters, {
    plugins: [
      { rootID: "responding" },
      { rootID: "entries" },
      { rootID: "metadata", allowMetadata: true },
      { rootID: "late" },
    ],
    clusters: ["entries", "metadata", "lasting", "slow", "late"].map((name) => cluster(name, port)),
    listeners: (module) => [discovering(module), logging(module)],
    bootstrap: { node: { id: "lifecycle", cluster: "lifecycle" } },
  });
});
afterAll(async () => {
  await envoy?.stop();
  slow.stop();
  await removeFolder(folder);
});
beforeEach((context) => requirePart(context, Envoy));

test("a local response says a status to clients of gRPC, and to logs why", async () => {
  const port = await envoy.port("responding");
  const plain = await send(port, {});
  expect([plain.status, plain.body]).toEqual([200, "come back"]);
  const answer = await send(port, { headers: { "content-type": "application/grpc" } });
  expect(answer.headers).toEqual(expect.arrayContaining(["x-a: b", "grpc-status: 8", "grpc-message: come back"]));
  await vi.waitUntil(() => envoy.lines("responding").length === 2);
  expect(envoy.lines("responding")).toEqual(["info: quota_used_up", "info: quota_used_up"]);
});

test("all headers are replaced at once", async () => {
  await send(await envoy.port("entries"), { headers: { "x-internal-a": "1", "x-internal-b": "22", "x-kept": "3" } });
  // 24 bytes of names and 3 of values went, 5 and 2 came; of the response there are none yet.
  expect(envoy.lines("entries")).toEqual(["info: 0 -20 0"]);
  const headers = slow.take()?.headers;
  expect(headers).toEqual(expect.arrayContaining(["x-kept: 3"]));
  expect(headers?.join()).toMatch(/x-new: (é|Ã©)/);
  expect(headers?.join()).not.toContain("internal");
});

test("metadata of a request is told of", async () => {
  const client = connect(await envoy.port("metadata"), "127.0.0.1");
  client.on("error", () => {});
  await once(client, "connect");
  client.write(Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(4, 0, 0, [])]));
  // POST / of http, for the authority "a"; then x-m: 1, never indexed (RFC 7541, 6.2.3).
  client.write(frame(1, 4, 1, [0x83, 0x86, 0x84, 0x01, 1, 0x61]));
  client.write(frame(0x4d, 4, 1, [0x10, 3, 0x78, 0x2d, 0x6d, 1, 0x31]));
  client.write(frame(0, 1, 1, [0x61]));
  await vi.waitUntil(() => envoy.lines("metadata").includes("info: over"));
  client.destroy();
  expect(envoy.lines("metadata")).toEqual(["info: metadata 1", "info: over"]);
});

test("a root that is not done is kept until it says so, while others keep the VM", async () => {
  await send(await envoy.port("lasting"), {});
  const before = envoy.lines("entries").length;
  // A filter that is discovered goes as soon as there is another; one in a listener, only when that has drained.
  discover("other", "other");
  const lines = () => envoy.lines("entries").slice(before);
  await vi.waitUntil(() => lines().filter((line) => line === "info: deleted").length === 2, 3000);
  // In the VM of the worker and in that of the main thread.
  const [done, flushed, deleted] = ["info: on done 0", "info: flushed ok, done 0", "info: deleted"];
  expect(lines().sort()).toEqual([deleted, deleted, flushed, flushed, done, done]);
});

test("an access log is a root that is told of each request", async () => {
  await send(await envoy.port("logged"), { path: "/told" });
  await vi.waitUntil(() => envoy.logs().includes("logged /told"));
});

test.each(["log", "done", "delete"])(
  "a stream that is over cannot be answered, and nothing comes of it: %s",
  async (where) => {
    const before = envoy.lines("late").length;
    const answer = await send(await envoy.port("late"), { headers: { "x-where": where } });
    expect([answer.status, answer.body]).toEqual([200, "ok"]);
    await vi.waitUntil(() => envoy.lines("late").length > before);
    await send(await envoy.port("late"), {});
    expect(envoy.lines("late").slice(before)).toEqual([`info: ${where} 2`]);
  },
);

/** A frame of HTTP/2 (RFC 9113, 4.1). */
function frame(type: number, flags: number, stream: number, payload: number[]): Buffer {
  return Buffer.from([0, 0, payload.length, type, flags, 0, 0, 0, stream, ...payload]);
}
