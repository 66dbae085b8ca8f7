import { load } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

const module = "build/network.wasm";
const properties = { "source.address": "10.0.0.7:4711", "upstream.address": "[fd00::1]:5432" };

test("what is sent passes as it is, and is counted when the connection is over", async () => {
  const filter = await load(module, { properties });
  const client = filter.connect();
  client.send("select 1");
  expect(client.upstream?.text()).toBe("select 1");
  client.upstream?.send("1");
  client.upstream?.send("ok");
  expect(client.text()).toBe("1ok");
  client.close();
  expect(filter.metrics.get("network_connections")?.value).toBe(1n);
  expect(filter.metrics.get("network_sent_bytes")?.value).toBe(8n);
  expect(filter.metrics.get("network_received_bytes")?.value).toBe(3n);
});

test("the log has a line for each connection", async () => {
  const filter = await load(module, { properties });
  const client = filter.connect();
  client.send("select 1");
  expect(filter.logs).toEqual([]);
  client.close();
  expect(filter.logs.map(({ message }) => message)).toEqual([
    "10.0.0.7 to [fd00::1]: 8 bytes, and 0 back; closed by the client",
  ]);
});

test("at level debug it has what was sent as well", async () => {
  const filter = await load(module, { logLevel: "debug" });
  const client = filter.connect();
  client.send("ping");
  client.upstream?.send("pong");
  expect(filter.logs.map(({ message }) => message)).toEqual(["> ping", "< pong"]);
});
