import { readFileSync } from "node:fs";
import type { AddressInfo, Server } from "node:net";
import { parseDeployment } from "@asmfilter/controller/api";
import { slotContent, type WasmFilter } from "@asmfilter/controller/render";
import { capabilities, readModule } from "@asmfilter/host/metadata";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { Envoy, requirePart } from "../../stack/index.ts";
import { cluster } from "../same-answer/envoy-config.ts";
import { FiltersInEnvoy } from "./filters-in-envoy.ts";
import { echoServer, TcpClient, tcpListener } from "./tcp.ts";

const FILTERS = `
import {
  Action, attributes, config, Data, envoy, filter, log, NetworkFilter, Peer, properties, root, RootContext, Status,
} from "@asmfilter/sdk";

@filter("shout")
class Shout extends NetworkFilter {
  onDownstreamData(data: Data, endOfStream: bool): Action {
    data.prepend("<");
    data.append(">");
    return Action.Continue;
  }
  onUpstreamData(data: Data, endOfStream: bool): Action {
    data.replace(data.text().toUpperCase());
    return Action.Continue;
  }
}

@filter("lines")
class Lines extends NetworkFilter {
  onDownstreamData(data: Data, endOfStream: bool): Action {
    const text = data.text();
    log.info(text.trim() + " " + data.length.toString() + " " + this.continueDownstream().toString());
    return text.endsWith("\\n") || endOfStream ? Action.Continue : Action.Pause;
  }
}

@filter("back")
class Back extends NetworkFilter {
  onUpstreamData(data: Data, endOfStream: bool): Action {
    log.info(data.text());
    return data.text().endsWith("!") ? Action.Continue : Action.Pause;
  }
}

const waiting: Late[] = [];

@root("late")
class LateRoot extends RootContext {
  onConfigure(): bool { return this.setTickPeriod(50) == Status.Ok; }
  onTick(): void {
    for (let i = 0; i < waiting.length; i++) {
      const late = waiting[i];
      if (late.makeEffective() != Status.Ok) log.error("gone");
      else log.info("go on " + late.continueDownstream().toString() + " " + late.continueDownstream().toString());
    }
    waiting.length = 0;
  }
}

@filter("late")
class Late extends NetworkFilter {
  onNewConnection(): Action {
    log.info("new");
    waiting.push(this);
    return Action.Pause;
  }
  onDownstreamData(data: Data, endOfStream: bool): Action {
    log.info("data " + data.text());
    return Action.Continue;
  }
}

@filter("close")
class Close extends NetworkFilter {
  onDownstreamData(data: Data, endOfStream: bool): Action {
    if (data.text() == "bye") log.info("closed " + this.closeDownstream().toString());
    return Action.Continue;
  }
  onUpstreamData(data: Data, endOfStream: bool): Action {
    if (data.text() == "enough") log.info("closed " + this.closeUpstream().toString());
    return Action.Continue;
  }
  onDownstreamClose(by: Peer): void {
    log.info("down by " + by.toString() + " " + this.closeDownstream().toString());
  }
}

@filter("route")
class Route extends NetworkFilter {
  onNewConnection(): Action {
    envoy.setFilterState("envoy.tcp_proxy.cluster", "other");
    return Action.Continue;
  }
}

@config
class Config { greeting!: string; }

@filter("order")
class Order extends NetworkFilter<Config> {
  onNewConnection(): Action {
    const address = attributes.source.address;
    log.info("new " + (address === null ? "?" : address.split(":")[0]) + " " + (attributes.connection.id >= 0).toString()
      + properties.setString("mine", this.config.greeting).toString());
    return Action.Continue;
  }
  onDownstreamData(data: Data, endOfStream: bool): Action {
    log.info("down " + data.text() + " " + endOfStream.toString());
    return Action.Continue;
  }
  onUpstreamData(data: Data, endOfStream: bool): Action {
    const cluster = attributes.xds.clusterName;
    log.info("up " + data.text() + " " + endOfStream.toString() + " " + (cluster === null ? "?" : cluster));
    return Action.Continue;
  }
  onDownstreamClose(by: Peer): void { log.info("down closed " + by.toString()); }
  onUpstreamClose(by: Peer): void { log.info("up closed " + by.toString()); }
  onDone(): bool { log.info("done"); return true; }
  onLog(): void {
    const mine = properties.getString("mine");
    log.info("log " + (mine === null ? "?" : mine));
  }
  onDelete(): void { log.info("delete"); }
}
`;

const names = ["shout", "lines", "back", "late", "close", "route"];
let envoy: FiltersInEnvoy;
const servers: Server[] = [];

beforeEach((context) => requirePart(context, Envoy));
beforeAll(async () => {
  if (Envoy.missing()) return;
  servers.push(await echoServer(), await echoServer("other "));
  const [echo, other] = servers.map((server) => (server.address() as AddressInfo).port);
  envoy = await FiltersInEnvoy.start(FILTERS, {
    type: "network",
    clusters: [cluster("echo", echo!), cluster("other", other!)],
    listeners: (module) => [
      rendered(module),
      ...names.map((name) => tcpListener(name, module)),
      tcpListener("held", module, { rootID: "back" }),
      tcpListener("order", module, { config: '{"greeting": "hi"}' }),
    ],
  });
});
afterAll(async () => {
  await envoy?.stop();
  for (const server of servers) server.close();
});

/** A listener whose filter is what the controller has it run. */
function rendered(filename: string): object {
  const wasm = readFileSync(filename);
  const deployment = parseDeployment({
    apiVersion: "asmfilter.io/v1",
    kind: "ASMFilterDeployment",
    metadata: { name: "loud", namespace: "default" },
    spec: { workload: { labels: { app: "db" } }, filter: { image: "registry.example/loud:1", rootID: "shout" } },
  });
  const artifact = {
    digest: `sha256:${"0".repeat(64)}`,
    wasmSha256: "0".repeat(64),
    size: wasm.length,
    config: { type: "network", rootIDs: ["shout"] },
    capabilities: capabilities(readModule(wasm)),
  };
  const { config } = slotContent(deployment, artifact).config.typed_config as WasmFilter;
  const vm_config = { ...config.vm_config, code: { local: { filename } } };
  return tcpListener("rendered", filename, { plugin: { ...config, vm_config } });
}

async function client(listener: string): Promise<TcpClient> {
  return new TcpClient(await envoy.port(listener));
}

test("data is read and changed in both directions", async () => {
  const shout = await client("shout");
  shout.send("hello");
  await vi.waitFor(() => expect(shout.received).toBe("<HELLO>"));
  shout.end();
});

test("the controller has it run with just what it imports and exports", async () => {
  const loud = await client("rendered");
  loud.send("hello");
  await vi.waitFor(() => expect(loud.received).toBe("<HELLO>"));
  loud.end();
});

test("what the client sends is held until there is a line, and then is all in one", async () => {
  const lines = await client("lines");
  lines.send("one ");
  await vi.waitFor(() => expect(envoy.lines("lines")).toEqual(["info: one 4 2"]));
  expect(lines.received).toBe("");
  lines.send("two\n");
  await vi.waitFor(() => expect(lines.received).toBe("one two\n"));
  // Status.BadArgument: in the callback there is nothing to continue.
  expect(envoy.lines("lines")).toEqual(["info: one 4 2", "info: one two 8 2"]);
  lines.end();
});

test("what the upstream sends is held until it sends more", async () => {
  const back = await client("back");
  back.send("a");
  await vi.waitFor(() => expect(envoy.lines("back")).toEqual(["info: a"]));
  expect(back.received).toBe("");
  back.send("b!");
  await vi.waitFor(() => expect(back.received).toBe("ab!"));
  expect(envoy.lines("back")).toEqual(["info: a", "info: ab!"]);
  back.end();
});

test("what is held when the upstream closes is lost", async () => {
  const held = await client("held");
  held.send("a");
  await vi.waitFor(() => expect(envoy.lines("held")).toEqual(["info: a"]));
  held.end();
  await vi.waitFor(() => expect(held.closed).toBe(true));
  expect(held.received).toBe("");
});

test("a new connection waits until the root lets it go on, once", async () => {
  const late = await client("late");
  late.send("early");
  await vi.waitFor(() => expect(late.received).toBe("early"), 5000);
  expect(envoy.lines("late")).toEqual(["info: new", "info: go on 0 2", "info: data early"]);
  late.end();
});

test.each(["bye", "enough"])("the filter closes the connection at %s, which does not go on", async (word) => {
  const before = envoy.lines("close").length;
  const close = await client("close");
  close.send("first");
  await vi.waitFor(() => expect(close.received).toBe("first"));
  close.send(word);
  await vi.waitFor(() => expect(close.closed).toBe(true));
  expect(close.received).toBe("first");
  // Peer.Local; and to close what is closed does nothing.
  await vi.waitFor(() => expect(envoy.lines("close").slice(before)).toEqual(["info: closed 0", "info: down by 1 0"]));
});

test("the filter chooses the upstream before it is connected to", async () => {
  const route = await client("route");
  route.send("hello");
  await vi.waitFor(() => expect(route.received).toBe("other hello"));
  route.end();
});

test("callbacks come in the order of TCP, where a connection is done before it is logged", async () => {
  const order = await client("order");
  order.send("x");
  await vi.waitFor(() => expect(order.received).toBe("x"));
  order.end();
  await vi.waitFor(() => expect(envoy.lines("order").at(-1)).toBe("info: delete"));
  expect(envoy.lines("order").map((line) => line.slice(6))).toEqual([
    "new 127.0.0.1 true0",
    "down x false",
    "up x false echo",
    "down  true",
    "up  true echo",
    "up closed 0",
    "down closed 1",
    "done",
    "log hi",
    "delete",
  ]);
});

test("the proxy runs on", () => {
  expect(envoy.running).toBe(true);
});
