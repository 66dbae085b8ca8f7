import { expect, test } from "vitest";
import { guest, hostFunctionParameters } from "../../test/guest.ts";
import { load } from "../testing/index.ts";

const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const callsPerStream = 500;
const streams = Number(process.env.FUZZ_STREAMS ?? 20);

/** Calls host functions at random with any numbers, small numbers, and addresses inside and at the end of the memory. */
function randomCaller(): Uint8Array {
  const functions = Object.entries(hostFunctionParameters);
  const calls = functions.map(([name, parameters], i) => {
    const values = Array.from(parameters, (type) =>
      type === "I" ? "(i64.extend_i32_s (call $value))" : "(call $value)",
    );
    return `(if (i32.eq (local.get $which) (i32.const ${i})) (then (drop (call $${name} ${values.join(" ")}))))`;
  });
  return guest([
    `(global $state (mut i32) (i32.const ${seed}))
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
     (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (local $left i32) (local $which i32)
       (global.set $free (i32.const 65536))
       (local.set $left (i32.const ${callsPerStream}))
       (loop $next
         (local.set $which (i32.rem_u (call $random) (i32.const ${functions.length})))
         ${calls.join("\n")}
         (local.set $left (i32.sub (local.get $left) (i32.const 1)))
         (br_if $next (local.get $left)))
       (i32.const 0))`,
  ]);
}

test(`${callsPerStream * streams} calls with random arguments crash neither the host nor the VM (FUZZ_SEED=${seed})`, async () => {
  const filter = await load(randomCaller(), { clusters: { "": {} }, properties: { a: "b" } });
  for (let i = 0; i < streams; i++) {
    const stream = filter.stream();
    stream.requestHeaders({ headers: { "x-a": "1" } });
    stream.close();
  }
  expect(filter.healthy).toBe(true);
});
