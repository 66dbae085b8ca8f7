import { expect, test } from "vitest";
import { guest, hostFunctionParameters } from "../../test/guest.ts";
import { grpc, load, type TestedFilter } from "../testing/index.ts";

const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const streams = Number(process.env.FUZZ_STREAMS ?? 20);

/** Callbacks by their parameters; a callback that gives something gives 0 or 1. */
const callbacks = {
  "(param i32)": ["tick", "log", "delete"],
  "(param i32) (result i32)": ["new_connection", "done"],
  "(param i32 i32)": ["downstream_connection_close", "upstream_connection_close", "queue_ready"],
  "(param i32 i32) (result i32)": ["request_trailers", "response_trailers"],
  "(param i32 i32 i32)": [
    "grpc_receive",
    "grpc_close",
    "grpc_receive_initial_metadata",
    "grpc_receive_trailing_metadata",
    "foreign_function",
  ],
  "(param i32 i32 i32) (result i32)": [
    "request_headers",
    "request_body",
    "response_headers",
    "response_body",
    "downstream_data",
    "upstream_data",
  ],
};

/**
 * Calls host functions at random, up to `calls` times, with any numbers, small numbers, and addresses inside and at the end of
 * the memory; in each of the callbacks `perCallback` times.
 */
function randomCaller(calls: number, perCallback: number, wanted: (callback: string) => boolean): Uint8Array {
  const functions = Object.entries(hostFunctionParameters);
  const values = (parameters: string) =>
    Array.from(parameters, (type) => (type === "I" ? "(i64.extend_i32_s (call $value))" : "(call $value)")).join(" ");
  const cases = functions.map(
    ([name, parameters], i) =>
      `(if (i32.eq (local.get $which) (i32.const ${i})) (then (drop (call $${name} ${values(parameters)}))))`,
  );
  const exported = Object.entries(callbacks).flatMap(([type, names]) =>
    names.filter(wanted).map(
      (name) => `(func (export "proxy_on_${name}") ${type} (global.set $free (i32.const 65536))
        (call $calls) ${type.includes("result") ? "(i32.and (call $random) (i32.const 1))" : ""})`,
    ),
  );
  const foreign = (i: number) => `(if (i32.eq (local.get $which) (i32.const ${functions.length + i}))
    (then (drop (call $call_foreign_function `;
  return guest(
    [
      `(global $state (mut i32) (i32.const ${seed})) (global $left (mut i32) (i32.const ${calls}))
       (func $random (result i32)
         (global.set $state (i32.add (i32.mul (global.get $state) (i32.const 1664525)) (i32.const 1013904223)))
         (i32.xor (global.get $state) (i32.shr_u (global.get $state) (i32.const 16))))
       (func $value (result i32) (local $kind i32)
         (local.set $kind (i32.rem_u (call $random) (i32.const 8)))
         (if (i32.lt_u (local.get $kind) (i32.const 3)) (then (return (i32.rem_u (call $random) (i32.const 20)))))
         (if (i32.lt_u (local.get $kind) (i32.const 6)) (then (return (i32.rem_u (call $random) (i32.const 70000)))))
         (if (i32.eq (local.get $kind) (i32.const 6)) (then
           (return (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.rem_u (call $random) (i32.const 9))))))
         (call $random))
       ${exported.join("\n")}
       (func $calls (local $which i32) (local $count i32)
         (local.set $count (i32.const ${perCallback}))
         (loop $next
           (local.set $which (i32.rem_u (call $random) (i32.const ${functions.length + 2})))
           ${cases.join("\n")}
           ${foreign(0)}`,
      `${values("iiii")}))))
           ${foreign(1)}`,
      `${values("iiii")}))))
           (global.set $left (i32.sub (global.get $left) (i32.const 1)))
           (local.set $count (i32.sub (local.get $count) (i32.const 1)))
           (br_if $next (i32.and (i32.gt_s (local.get $count) (i32.const 0)) (i32.gt_s (global.get $left) (i32.const 0))))))`,
    ],
    "declare_property",
    "set_envoy_filter_state",
  );
}

test(`${500 * streams} calls with random arguments crash neither the host nor the VM (FUZZ_SEED=${seed})`, async () => {
  const module = randomCaller(500 * streams, 500, (name) => name === "request_headers");
  const filter = await load(module, { clusters: { "": {} }, properties: { a: "b" } });
  for (let i = 0; i < streams; i++) {
    const stream = filter.stream();
    stream.requestHeaders({ headers: { "x-a": "1" } });
    stream.close();
  }
  expect(filter.healthy).toBe(true);
});

test(`nor do they in any other callback, of connections, calls and the root as well (FUZZ_SEED=${seed})`, async () => {
  // More calls would lead to more callbacks, and those to more calls, without an end.
  const module = randomCaller(3000, 20, () => true);
  const echo = grpc({
    "/": { onOpen: (stream) => stream.send("hello"), onMessage: (stream, message) => stream.send(message) },
  });
  const filter = await load(module, { clusters: { "": echo }, properties: { a: "b" } });
  for (let i = 0; i < streams; i++) await playAround(filter);
  expect(filter.healthy).toBe(true);
  filter.close();
});

/** A connection, a stream, time that passes, and a call by an extension of the proxy. */
async function playAround(filter: TestedFilter): Promise<void> {
  const connection = filter.connect();
  const stream = filter.stream();
  connection.send("hello");
  connection.upstream?.send("welcome");
  stream.requestHeaders({ method: "POST", headers: { "x-a": "1" } });
  stream.requestBody("body");
  await filter.advance(10);
  stream.requestTrailers({ "x-t": "1" });
  stream.responseHeaders({ headers: { "x-b": "1" } });
  stream.responseBody("body", { endOfStream: true });
  filter.foreignFunction(1, "call");
  connection.upstream?.end();
  connection.end("bye");
  connection.close();
  stream.close();
}
