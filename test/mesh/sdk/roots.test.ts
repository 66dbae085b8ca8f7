import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { available, Envoy, removeFolder, requirePart, temporaryFolder } from "../../stack/index.ts";
import { send } from "../same-answer/client.ts";
import { cluster, listenerOf } from "../same-answer/envoy-config.ts";
import { ScriptServer } from "../same-answer/script-server.ts";
import { FiltersInEnvoy } from "./filters-in-envoy.ts";

// Two root ids of a module in one VM, with calls of their streams and roots on their way while one of them is configured anew.

const filters = ["left", "right"]
  .map(
    (name) => `
class On_${name} extends HttpCallHandler<In_${name}> {
  onReply(stream: In_${name}, reply: HttpReply): void {
    respond(200, "${name} " + stream.config.value + " " + reply.status.toString() + " " + stream.requestHeaders.getOr(":path", "?"));
  }
}
@filter("${name}") class In_${name} extends HttpFilter<Config> {
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const status = httpCall(this, "slow", new HttpRequest("GET", "/", "slow"), new On_${name}());
    return status == Status.Ok ? Action.Pause : respond(503, "no call");
  }
}
class OfRoot_${name} extends HttpCallHandler<Root_${name}> {
  onReply(owner: Root_${name}, reply: HttpReply): void { log.info("${name} " + owner.config.value + " heard"); }
}
@root("${name}") class Root_${name} extends RootContext<Config> {
  onConfigure(): bool {
    this.setTickPeriod(50);
    return true;
  }
  onTick(): void { httpCall(this, "slow", new HttpRequest("GET", "/tick", "slow"), new OfRoot_${name}()); }
  onDelete(): void { log.info("${name} " + this.config.value + " deleted"); }
}`,
  )
  .join("\n");
const source = `import { Action, config, filter, Headers, HttpCallHandler, HttpFilter, HttpReply, HttpRequest, httpCall, log, respond,
  root, RootContext, Status } from "@asmfilter/sdk";
@config class Config { value: string = ""; }
${filters}`;

const slow = new ScriptServer({ delay: 300, body: ["ok"] });
const type = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm";
let envoy: FiltersInEnvoy;
let folder: string;
let moduleFile: string;

/** Puts the filter in place that the listener of this name discovers. */
function discover(name: string, value: string): void {
  const vm_config = { vm_id: "shared", runtime: "envoy.wasm.runtime.v8", code: { local: { filename: moduleFile } } };
  const configuration = {
    "@type": "type.googleapis.com/google.protobuf.StringValue",
    value: JSON.stringify({ value }),
  };
  const typed_config = { "@type": type, config: { name, root_id: name, vm_config, configuration } };
  const resource = { "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig", name, typed_config };
  writeFileSync(join(folder, "new.json"), JSON.stringify({ resources: [resource] }));
  // Envoy looks at files that are moved into place.
  renameSync(join(folder, "new.json"), join(folder, `${name}.json`));
}

beforeAll(async () => {
  if (!available(Envoy)) return;
  const port = await slow.start();
  folder = await temporaryFolder("roots");
  envoy = await FiltersInEnvoy.start(source, {
    clusters: ["left", "right", "slow"].map((name) => cluster(name, port)),
    bootstrap: { node: { id: "roots", cluster: "roots" } },
    listeners: (module) => {
      moduleFile = module;
      return ["left", "right"].map((name) => {
        discover(name, "first");
        const path_config_source = { path: join(folder, `${name}.json`) };
        const type_urls = [type.replace("type.googleapis.com/", "")];
        return listenerOf(name, [{ name, config_discovery: { config_source: { path_config_source }, type_urls } }]);
      });
    },
  });
});
afterAll(async () => {
  await envoy?.stop();
  slow.stop();
  await removeFolder(folder);
});
beforeEach((context) => requirePart(context, Envoy));

test("streams and roots keep to their own while another root of the VM is made anew again and again", async () => {
  const ports = { left: await envoy.port("left"), right: await envoy.port("right") };
  const ask = async (name: "left" | "right", path: string) => (await send(ports[name], { path })).body;
  const before = [ask("left", "/1"), ask("right", "/1"), ask("right", "/2")];
  await sleep(100);
  for (const value of ["second", "third", "fourth"]) {
    discover("left", value);
    await sleep(60);
  }
  const after = ask("right", "/3");
  expect(await Promise.all(before)).toEqual(["left first 200 /1", "right first 200 /1", "right first 200 /2"]);
  expect(await after).toBe("right first 200 /3");
  await vi.waitUntil(async () => (await ask("left", "/2")) === "left fourth 200 /2", 5000);
  // In the VM of the worker and in that of the main thread.
  const deleted = () =>
    envoy
      .logs()
      .match(/left (first|second|third) deleted/g)
      ?.sort();
  await vi.waitUntil(() => deleted()?.length === 6, 5000);
  const logs = envoy.logs();
  for (const [gone] of logs.matchAll(/left \w+ deleted/g)) {
    const value = gone.split(" ")[1];
    expect(logs.slice(logs.lastIndexOf(gone)).includes(`left ${value} heard`)).toBe(false);
  }
  await vi.waitUntil(() => envoy.logs().includes("left fourth heard") && envoy.logs().includes("right first heard"));
  expect(envoy.running).toBe(true);
});
