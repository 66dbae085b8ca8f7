import { load } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

test("what is within the limit passes in both directions", async () => {
  const filter = await load("build/TEMPLATE_NAME.wasm", { config: { limit: 5 } });
  const client = filter.connect();
  client.send("hello");
  expect(client.upstream?.text()).toBe("hello");
  client.upstream?.send("and to you");
  expect(client.text()).toBe("and to you");
  client.close();
  expect(filter.logs.map(({ message }) => message)).toEqual(["the client sent 5 bytes"]);
});

test("a client that sends more is cut off", async () => {
  const filter = await load("build/TEMPLATE_NAME.wasm", { config: { limit: 5 } });
  const client = filter.connect();
  client.send("hello!");
  expect(client.closed).toBe(true);
  expect(client.upstream?.text()).toBe("");
});
