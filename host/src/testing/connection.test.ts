import { expect, test } from "vitest";
import { guest } from "../../test/guest.ts";
import { messages } from "../../test/logs.ts";
import { load } from "./index.ts";

/** Holds what is shorter than six bytes, and puts `> ` before the rest. */
const holding = guest`
  (func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32)
    (if (i32.lt_u (local.get 1) (i32.const 6)) (then (return (i32.const 1))))
    (drop (call $set_buffer_bytes (i32.const 2) (i32.const 0) (i32.const 0) ${"> "}))
    (i32.const 0))
  (func (export "proxy_on_downstream_connection_close") (param i32 i32) (call $report ${"closed by"} (local.get 1)))
  (func (export "proxy_on_upstream_connection_close") (param i32 i32) (call $report ${"upstream closed by"} (local.get 1)))
  (func (export "proxy_on_done") (param i32) (result i32) (call $say ${"done"}) (i32.const 1))
  (func (export "proxy_on_log") (param i32) (call $say ${"log"}))
  (func (export "proxy_on_delete") (param i32) (call $say ${"delete"}))`;

test("data goes through the filter to the upstream, and back", async () => {
  const connection = (await load(holding)).connect();
  connection.send("hel");
  expect(connection.upstream?.text()).toBe("");
  connection.send("lo, you");
  expect(connection.upstream?.text()).toBe("> hello, you");
  connection.upstream?.send("well");
  expect(connection.text()).toBe("well");
});

test.each<{
  title: string;
  act: (connection: ReturnType<Awaited<ReturnType<typeof load>>["connect"]>) => void;
  said: string[];
}>([
  { title: "the client", act: (connection) => connection.close(), said: ["closed by=2"] },
  { title: "the upstream", act: ({ upstream }) => upstream?.close(), said: ["closed by=1"] },
  {
    title: "both, the upstream last",
    act: (connection) => {
      connection.end("last words");
      connection.upstream?.end();
    },
    said: ["upstream closed by=0", "closed by=1"],
  },
  {
    title: "both, the client last",
    act: (connection) => {
      connection.upstream?.end();
      connection.end("last words");
    },
    said: ["upstream closed by=0", "closed by=2"],
  },
])("a connection that is closed by $title is done, logged and deleted, in this order", async ({ act, said }) => {
  const filter = await load(holding);
  const connection = filter.connect();
  act(connection);
  expect(messages(filter.logs)).toEqual([...said, "done", "log", "delete"]);
  expect([connection.closed, connection.upstream?.closed]).toEqual([true, true]);
});

test("a connection that the filter does not let through reaches no upstream", async () => {
  const filter = await load(guest`(func (export "proxy_on_new_connection") (param i32) (result i32) (i32.const 1))`);
  const connection = filter.connect();
  connection.send("anybody?");
  expect(connection.upstream).toBeUndefined();
});

test("what the filter leaves on a connection can be seen", async () => {
  const filter = await load(guest`
    (func (export "proxy_on_new_connection") (param i32) (result i32)
      (drop (call $call_foreign_function ${"set_envoy_filter_state"} ${"\n\x17envoy.tcp_proxy.cluster\x12\x05other"} (i32.const 16) (i32.const 20)))
      (drop (call $set_property ${"own"} ${"mine"}))
      (i32.const 0))`);
  expect([...filter.connect().filterState]).toEqual([
    ["envoy.tcp_proxy.cluster", "other"],
    ["wasm.own", "mine"],
  ]);
});
